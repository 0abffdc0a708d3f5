// node_modules/preact/dist/preact.mjs
var n, t, r, u, i, f, o, e, l, c, a, s, h = /* @__PURE__ */ Symbol.for("pv"), p = {}, y = [], v = /^m(i|n|o|s|text|space)$/, w = Array.isArray, d = y.slice, _ = Object.assign;
function g(n3) {
  n3 && n3.parentNode && n3.remove();
}
function k(n3, t5, r4) {
  var u4, i4, f5, o5 = {}, e4 = arguments.length;
  for (f5 in t5) f5 == "key" ? u4 = t5[f5] : f5 == "ref" && typeof n3 != "function" ? i4 = t5[f5] : o5[f5] = t5[f5];
  return e4 > 2 && (o5.children = e4 > 3 ? d.call(arguments, 2) : r4), m(n3, o5, u4, i4, null);
}
function m(r4, u4, i4, f5, o5) {
  var e4 = { type: r4, props: u4, key: i4, ref: f5, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: h, __v: o5 || ++t, __i: -1, __u: 0 };
  return !o5 && n.vnode && n.vnode(e4), e4;
}
function $(n3) {
  return n3.children;
}
function x(n3, t5) {
  this.props = n3, this.context = t5, this.__g = 0;
}
function S(n3, t5) {
  if (t5 == null) return n3.__ && S(n3.__, n3.__i + 1);
  for (var r4; t5 < n3.__k.length; t5++) if ((r4 = n3.__k[t5]) && r4.__e) return r4.__e;
  return typeof n3.type != "function" || n3.props.__P ? null : S(n3);
}
function C(t5) {
  var r4, u4 = t5.__v, i4 = u4.__e, f5 = [], o5 = [], e4 = t5.__P;
  e4 && ((r4 = _({ constructor: h }, u4)).__v = u4.__v + 1, n.vnode && n.vnode(r4), z(e4, r4, u4, t5.__n, e4.namespaceURI, 32 & u4.__u ? [i4] : null, f5, i4 || S(u4), 32 & u4.__u, o5), r4.__v = u4.__v, r4.__.__k[r4.__i] = r4, E(f5, r4, o5), u4.__ = u4.__e = null, r4.__e != i4 && j(r4));
}
function j(n3) {
  if ((n3 = n3.__) && n3.__c && !n3.props.__P) return n3.__e = null, n3.__k.some(function(t5) {
    return t5 && (n3.__e = t5.__e);
  }), j(n3);
}
function L(t5) {
  (8 & t5.__g || (t5.__g |= 8, u.push(t5), f++)) && i == n.debounceRendering || ((i = n.debounceRendering) || queueMicrotask)(H);
}
function H() {
  try {
    for (var n3, t5 = 1; u.length; ) u.length > t5 && u.sort(o), n3 = u.shift(), t5 = u.length, 8 & n3.__g && C(n3);
  } finally {
    (f = u.length) && (i || queueMicrotask)(H);
  }
}
function I(n3, t5, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
  var s4, h5, v4, w5, d4, _3, g5 = u4.__k || y, k4 = t5.length;
  for (l4 = q(r4, t5, g5, l4, k4), s4 = 0; s4 < k4; s4++) (v4 = r4.__k[s4]) != null && (h5 = ~v4.__i && g5[v4.__i] || p, v4.__i = s4, _3 = z(n3, v4, h5, i4, f5, o5, e4, l4, c4, a5), w5 = v4.__e, (h5.ref != v4.ref || 8 & h5.__u) && (h5.ref && G(h5.ref, null, v4, h5), v4.ref && a5.push(v4.ref, v4.__c || w5, v4)), d4 = d4 || w5, 4 & v4.__u ? (l4 = A(v4, l4, n3, !h5.__v), h5.__e && (h5.__e = null)) : typeof v4.type == "function" && _3 !== void 0 ? l4 = _3 : w5 && (l4 = w5.nextSibling), v4.__u &= -21);
  return r4.__e = d4, l4;
}
function q(n3, t5, r4, u4, i4) {
  var f5, o5, e4, l4, c4, a5, s4, p5, y5, v4 = r4.length, d4 = v4, _3 = 0, g5 = 0, k4 = n3.__k = Array(i4);
  for (f5 = 0; f5 < i4; f5++) (o5 = t5[f5]) != null && typeof o5 != "boolean" && typeof o5 != "function" ? (typeof o5 != "object" || o5.constructor === String ? o5 = k4[f5] = m(null, o5) : w(o5) ? o5 = k4[f5] = m($, { children: o5 }) : o5.constructor === h && o5.__b ? o5 = k4[f5] = m(o5.type, o5.props, o5.key, o5.ref, o5.__v) : k4[f5] = o5, l4 = f5 + _3, o5.__ = n3, o5.__b = n3.__b + 1, e4 = null, ~(c4 = o5.__i = P(o5, r4, l4, d4)) && (d4--, (e4 = r4[c4]) && (e4.__u |= 2)), e4 && e4.__v ? (o5.__u |= 16, c4 == l4 - 1 ? _3-- : c4 == l4 + 1 ? _3++ : c4 != l4 && (c4 > l4 ? _3-- : _3++, g5 = 1)) : (~c4 || (i4 > v4 ? _3-- : i4 < v4 && _3++), typeof o5.type != "function" && (o5.__u |= 4))) : k4[f5] = null;
  if (g5) {
    for (a5 = [], s4 = [], f5 = 0; f5 < i4; f5++) if ((o5 = k4[f5]) && 16 & o5.__u) {
      for (_3 = 0, p5 = a5.length; _3 < p5; ) a5[y5 = _3 + p5 >> 1] < o5.__i ? _3 = y5 + 1 : p5 = y5;
      a5[_3] = o5.__i, s4[f5] = _3 + 1;
    }
    for (_3 = a5.length; f5--; ) s4[f5] && (s4[f5] == _3 ? _3-- : k4[f5].__u |= 4);
  }
  if (d4) for (f5 = 0; f5 < v4; f5++) !(e4 = r4[f5]) || 2 & e4.__u || (e4.__e == u4 && (u4 = S(e4)), J(e4, e4));
  return u4;
}
function A(n3, t5, r4, u4) {
  var i4, f5, o5, e4;
  if (typeof n3.type == "function") {
    if (n3.props.__P) return t5;
    if (i4 = n3.__k) for (f5 = 0; f5 < i4.length; f5++) i4[f5] && (i4[f5].__ = n3, t5 = A(i4[f5], t5, r4, !1));
    return t5;
  }
  for (t5 && !t5.parentNode && (t5 = S(n3)) && !t5.parentNode && (t5 = null), o5 = n3.__e, e4 = t5; e4 && e4.nodeType == 8; ) e4 = e4.nextSibling;
  for (o5 != e4 && (!u4 && r4.moveBefore && o5.parentNode ? r4.moveBefore(o5, t5) : r4.insertBefore(o5, t5 || null)), t5 = o5; (t5 = t5 && t5.nextSibling) && t5.nodeType == 8 && !t5.data.startsWith("$s"); ) ;
  return t5;
}
function P(n3, t5, r4, u4) {
  var i4, f5 = n3.key, o5 = n3.type, e4 = t5[r4], l4 = e4 && !(2 & e4.__u);
  if (e4 === null && f5 == null || l4 && f5 == e4.key && o5 == e4.type) return r4;
  if (u4 > (l4 ? 1 : 0)) {
    for (i4 = r4 - 1; i4 >= 0; i4--) if ((e4 = t5[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
    for (i4 = r4 + 1; i4 < t5.length; i4++) if ((e4 = t5[i4]) && !(2 & e4.__u) && f5 == e4.key && o5 == e4.type) return i4;
  }
  return -1;
}
function T(n3, t5, r4) {
  r4 == null && (r4 = ""), t5[0] == "-" ? n3.setProperty(t5, r4) : n3[t5] = r4;
}
function N(n3, t5, r4, u4, i4) {
  var f5, o5;
  if (t5 == "style") if (typeof r4 == "string") n3.style.cssText = r4;
  else {
    if (typeof u4 == "string" && (n3.style.cssText = u4 = ""), u4) for (t5 in u4) r4 && t5 in r4 || T(n3.style, t5);
    if (r4) for (t5 in r4) u4 && r4[t5] == u4[t5] || T(n3.style, t5, r4[t5]);
  }
  else if (t5[0] == "o" && t5[1] == "n") typeof r4 != "function" && (r4 = null), typeof u4 != "function" && (u4 = null), (n3.__e || (n3.__e = {}))[t5] = r4, r4 && u4 || (o5 = a[t5] || (a[t5] = V(t5)), (n3.__a || (n3.__a = {}))[t5] = c, f5 = t5 != (t5 = t5.replace(l, "$1")), (t5 = t5.slice(2))[0] < "a" && (t5 = t5.toLowerCase()), r4 ? n3.addEventListener(t5, o5, f5) : n3.removeEventListener(t5, o5, f5));
  else {
    if (i4 == "http://www.w3.org/2000/svg") t5 = t5.replace(/xlink(H|:h)/, "h").replace(/sName$/, "s");
    else if (t5 != "width" && t5 != "height" && t5 != "href" && t5 != "list" && t5 != "form" && t5 != "tabIndex" && t5 != "download" && t5 != "rowSpan" && t5 != "colSpan" && t5 != "role" && t5 != "popover" && t5 in n3) try {
      return void (n3[t5] = r4 ?? "");
    } catch {
    }
    if (typeof r4 == "function") return;
    r4 == null || r4 === !1 && t5[4] != "-" ? n3.removeAttribute(t5) : n3.setAttribute(t5, t5 == "popover" && r4 == 1 ? "" : r4);
  }
}
function V(t5) {
  return function(r4) {
    var u4 = this.__e;
    if (u4) {
      if (u4 = u4[t5], r4[e] == null) r4[e] = c++;
      else if (r4[e] < this.__a[t5]) return;
      return u4(n.event ? n.event(r4) : r4);
    }
  };
}
function z(t5, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
  var s4, p5, v4, d4, k4, b3, m5, M2, C3, j3, L2, H2, q2, A4, O2, P3, T4, N2, V2 = r4.type;
  if (r4.constructor !== h) return null;
  128 & u4.__u && (c4 = 32 & u4.__u, s4 = u4.__c.__z) && (r4.__u |= c4, p5 = o5 = [], s4.nodeType == 8 ? l4 = B(s4, o5) : o5.push(s4), l4 = o5[0] || l4), (s4 = n.__b) && s4(r4);
  n: if (typeof V2 == "function") {
    v4 = e4.length;
    try {
      if (M2 = r4.props, C3 = (s4 = V2.prototype) && s4.render, j3 = (s4 = V2.contextType) && i4[s4.__c], L2 = s4 ? j3 ? j3.props.value : s4.__ : i4, (d4 = u4.__c) ? (r4.__c = d4, 2 & d4.__g && (d4.__g |= 1)) : (C3 ? r4.__c = d4 = new V2(M2, L2) : (r4.__c = d4 = new x(M2, L2), d4.constructor = V2, d4.render = K), j3 && j3.sub(d4), d4.state || (d4.state = {}), d4.__n = i4, d4.__g |= 8, d4.__h = [], d4.__k = []), C3 && (d4.__s || (d4.__s = d4.state), V2.getDerivedStateFromProps && (d4.__s == d4.state && (d4.__s = _({}, d4.__s)), _(d4.__s, V2.getDerivedStateFromProps(M2, d4.__s)))), k4 = d4.props, b3 = d4.state, d4.__v = r4, u4.__c) {
        if (M2 !== k4 && C3 && !V2.getDerivedStateFromProps && d4.componentWillReceiveProps && d4.componentWillReceiveProps(M2, L2), r4.__v == u4.__v && !(8 & d4.__g) || !(4 & d4.__g) && d4.shouldComponentUpdate && d4.shouldComponentUpdate(M2, d4.__s, L2) === !1) {
          r4.__v != u4.__v && (d4.props = M2, d4.state = d4.__s, d4.__g &= -9), r4.__e = u4.__e, r4.__k = u4.__k, r4.__k.some(function(n3) {
            n3 && (n3.__ = r4);
          }), y.push.apply(d4.__h, d4.__k), d4.__k = [], d4.__h.length && e4.push(d4), l4 = S(u4);
          break n;
        }
        d4.componentWillUpdate && d4.componentWillUpdate(M2, d4.__s, L2), C3 && d4.componentDidUpdate && d4.__h.push(function() {
          d4.componentDidUpdate(k4, b3, m5);
        });
      } else C3 && !V2.getDerivedStateFromProps && d4.componentWillMount && d4.componentWillMount(), C3 && d4.componentDidMount && d4.__h.push(d4.componentDidMount);
      d4.context = L2, d4.props = M2, d4.__P = t5, d4.__g &= -5, H2 = n.__r, q2 = C3 ? 25 : 0;
      do
        d4.__g &= -9, H2 && H2(r4), s4 = d4.render(d4.props, d4.state = d4.__s, d4.context);
      while (8 & d4.__g && ++q2 < 25);
      C3 && (y.push.apply(d4.__h, d4.__k), d4.__k = []), d4.state = d4.__s, d4.getChildContext && (i4 = _({}, i4, d4.getChildContext())), C3 && u4.__c && d4.getSnapshotBeforeUpdate && (m5 = d4.getSnapshotBeforeUpdate(k4, b3)), A4 = s4 && s4.type === $ && s4.key == null ? s4.props.children : s4, M2.__P && (s4 = l4, f5 = (t5 = M2.__P).namespaceURI, c4 = o5 = null, u4.props && u4.props.__P != t5 && (u4.__k.some(function(n3) {
        n3 && J(n3, n3);
      }), u4.__k = null), l4 = u4.__k ? S(u4, 0) : null), l4 = I(t5, w(A4) ? A4 : [A4], r4, u4, i4, f5, o5, e4, l4, c4, a5), M2.__P && (r4.__e = null, l4 = s4), r4.__u &= -161, p5 && p5.some(g), d4.__h.length && e4.push(d4), 1 & d4.__g && (d4.__g &= -4);
    } catch (t6) {
      if (e4.length = v4, r4.__v = null, c4 || o5) if (t6 && t6.then) {
        if (r4.__u |= 128 | c4, o5) {
          for (~(T4 = o5.indexOf(l4 || void 0)) || (T4 = o5.length); (N2 = o5[T4 - 1]) && N2.nodeType == 8; ) T4--;
          for (; T4 < o5.length; T4++) if (N2 = o5[T4]) if (o5[T4] = null, O2) {
            if (N2 == P3) break;
          } else {
            if (N2.nodeType != 8) break;
            N2.data.startsWith("$s") && (P3 = B(O2 = N2));
          }
        }
        if (!O2) {
          for (; l4 && l4.nodeType == 8 && l4.nextSibling; ) l4 = l4.nextSibling;
          O2 = l4;
        }
        (s4 = B(O2 = r4.__c.__z || (r4.__c.__z = O2))) ? (r4.__e = O2, l4 = s4) : r4.__e = l4, l4 = l4 && l4.nextSibling;
      } else o5 && o5.some(g);
      else r4.__e = u4.__e;
      r4.__k || (r4.__k = u4.__k || []), t6 && t6.then || D(r4), n.__e(t6, r4, u4);
    }
  } else l4 = r4.__e = F(u4.__e, r4, u4, i4, f5, o5, e4, c4, a5, t5);
  return (s4 = n.diffed) && s4(r4), l4;
}
function B(n3, t5) {
  if (n3 && n3.nodeType == 8 && n3.data.startsWith("$s")) for (var r4 = 1; n3 = n3.nextSibling; ) {
    if (n3.nodeType == 8) {
      if (n3.data.startsWith("$s")) r4++;
      else if (n3.data.startsWith("/$s") && !--r4) return n3;
    }
    t5 && t5.push(n3);
  }
}
function D(n3) {
  n3 && (n3.__c && (n3.__c.__g |= 4), n3.__k && n3.__k.some(D));
}
function E(t5, r4, u4) {
  for (var i4 = 0; i4 < u4.length; ) G(u4[i4++], u4[i4++], u4[i4++]);
  n.__c && n.__c(r4, t5), t5.some(function(r5) {
    try {
      t5 = r5.__h, r5.__h = [], t5.some(function(n3) {
        n3.call(r5);
      });
    } catch (t6) {
      n.__e(t6, r5.__v);
    }
  });
}
function F(t5, r4, u4, i4, f5, o5, e4, l4, c4, a5) {
  var s4, h5, y5, _3, k4, b3, m5, M2, $2 = u4.props || p, x3 = r4.props, C3 = r4.type;
  if (C3 == "svg" ? f5 = "http://www.w3.org/2000/svg" : C3 == "math" ? f5 = "http://www.w3.org/1998/Math/MathML" : f5 || (f5 = "http://www.w3.org/1999/xhtml"), o5) {
    for (s4 = 0; s4 < o5.length; s4++) if ((k4 = o5[s4]) && (C3 ? k4.localName == C3 : k4.nodeType == 3)) {
      t5 = k4, o5[s4] = null;
      break;
    }
  }
  if (!t5) {
    if (M2 = a5.ownerDocument || document, !C3) return M2.createTextNode(x3);
    t5 = M2.createElementNS(f5, C3, x3.is ? x3 : a5), l4 && (n.__m && n.__m(r4, o5), l4 = !1), o5 = null;
  }
  if (C3) {
    if (a5 = C3 == "template" && t5.content || t5, o5 = C3 == "textarea" && x3.defaultValue != null ? null : o5 && d.call(a5.childNodes), !l4 && o5) for ($2 = {}, s4 = 0; s4 < t5.attributes.length; s4++) $2[(k4 = t5.attributes[s4]).name] = k4.value;
    for (s4 in $2) k4 = $2[s4], s4 == "dangerouslySetInnerHTML" ? y5 = k4 : s4 == "children" || s4 in x3 || s4 == "value" && "defaultValue" in x3 || s4 == "checked" && "defaultChecked" in x3 || N(t5, s4, null, k4, f5);
    for (s4 in x3) k4 = x3[s4], s4 == "children" ? _3 = k4 : s4 == "dangerouslySetInnerHTML" ? h5 = k4 : s4 == "value" ? b3 = k4 : s4 == "checked" ? m5 = k4 : l4 && typeof k4 != "function" || $2[s4] === k4 || N(t5, s4, k4, $2[s4], f5);
    h5 ? (l4 || y5 && (h5.__html == y5.__html || h5.__html == t5.innerHTML) || (t5.innerHTML = h5.__html), r4.__k = []) : (y5 && (t5.textContent = ""), (C3 == "foreignObject" || f5 == "http://www.w3.org/1998/Math/MathML" && v.test(C3)) && (f5 = "http://www.w3.org/1999/xhtml"), I(a5, w(_3) ? _3 : [_3], r4, u4, i4, f5, o5, e4, o5 ? o5[0] : u4.__k && S(u4, 0), l4, c4), o5 && o5.some(g)), l4 && C3 != "textarea" || (s4 = "value", C3 == "progress" && b3 == null ? t5.removeAttribute(s4) : b3 == null || b3 === t5[s4] && (C3 != "progress" || b3) || N(t5, s4, b3, $2[s4], f5), s4 = "checked", m5 != null && m5 != t5[s4] && N(t5, s4, m5, $2[s4], f5));
  } else $2 === x3 || l4 && t5.data == x3 || (t5.data = x3);
  return t5;
}
function G(t5, r4, u4, i4) {
  try {
    typeof t5 == "function" ? r4 ? r4.__x = t5(r4) || 1 : i4 && (i4 = i4.__c || i4.__e) && (r4 = i4.__x) && (i4.__x = null, typeof r4 == "function" ? r4() : t5(null)) : t5.current = r4;
  } catch (t6) {
    n.__e(t6, u4);
  }
}
function J(t5, r4, u4) {
  var i4, f5, o5, e4;
  if (n.unmount && n.unmount(t5), !(i4 = t5.ref) || i4.current && i4.current != t5.__e || G(i4, null, r4, t5), i4 = t5.__c) {
    if (i4.componentWillUnmount) try {
      i4.componentWillUnmount();
    } catch (t6) {
      n.__e(t6, r4);
    }
    i4.__P = i4.__n = null;
  }
  if (i4 = t5.__k) for (e4 = 0; e4 < i4.length; e4++) i4[e4] && J(i4[e4], r4, typeof t5.type != "function" || u4 && !t5.props.__P);
  !u4 && (i4 = t5.__c) && (i4 = i4.__z) && (f5 = B(i4, o5 = [])) && (i4 == t5.__e && o5.some(g), g(f5), g(i4)), u4 || g(t5.__e), t5.__e = t5.__c = t5.__ = null;
}
function K(n3, t5, r4) {
  return this.constructor(n3, r4);
}
function Q(t5, r4) {
  var u4, i4, f5, o5;
  n.__ && n.__(t5, r4), r4.nodeType == 9 && (r4 = r4.documentElement), i4 = (u4 = t5 && 32 & t5.__u) ? null : r4.__k, r4.__k = m($, { children: [t5] }), f5 = [], o5 = [], z(r4, r4.__k, i4 || p, p, r4.namespaceURI, i4 ? null : r4.firstChild ? d.call(r4.childNodes) : null, f5, i4 ? i4.__e : r4.firstChild, u4, o5), E(f5, r4.__k, o5), r4.__k.props.children = null;
}
n = { __e: function(n3, t5, r4, u4) {
  for (var i4, o5, e4; t5 = t5.__; ) if ((i4 = t5.__c) && !(1 & i4.__g)) {
    i4.__g |= 4;
    try {
      if ((e4 = (o5 = i4.constructor) && o5.getDerivedStateFromError) && i4.setState(o5.getDerivedStateFromError(n3)), i4.componentDidCatch && (i4.componentDidCatch(n3, u4 || {}), e4 = 1), e4 && 8 & i4.__g) return void (i4.__g |= 2);
    } catch (t6) {
      n3 = t6;
    }
  }
  throw f = 0, n3;
} }, t = 0, r = function(n3) {
  return n3 != null && n3.constructor === h;
}, x.prototype.setState = function(n3, t5) {
  var r4 = this.__s;
  r4 && r4 != this.state || (r4 = this.__s = _({}, this.state)), typeof n3 == "function" && (n3 = n3(_({}, r4), this.props)), n3 && (_(r4, n3), this.__v && (t5 && this.__k.push(t5), L(this)));
}, x.prototype.forceUpdate = function(n3) {
  this.__v && (this.__g |= 4, n3 && this.__h.push(n3), L(this));
}, x.prototype.render = $, u = [], f = 0, o = function(n3, t5) {
  return n3.__v.__b - t5.__v.__b;
}, e = /* @__PURE__ */ Symbol(), l = /(PointerCapture)$|Capture$/i, c = 0, a = {}, s = 0;

// node_modules/preact/hooks/dist/hooks.mjs
var t2, r2, u2, i2, o2 = Object.is, f2 = 0, c2 = [], e2 = [], a2 = n, v2 = a2.__b, l2 = a2.__r, m2 = a2.diffed, h2 = a2.__c, s2 = a2.unmount, p2 = a2.__;
function y2(n3, t5) {
  a2.__h && a2.__h(r2, n3, f2 || t5), f2 = 0;
  var u4 = r2.__H || (r2.__H = { __: [], __h: [] });
  return n3 >= u4.__.length && u4.__.push({}), u4.__[n3];
}
function A2(n3, u4) {
  var i4 = y2(t2++, 3);
  !a2.__s && E2(i4.__H, u4) && (i4.__P = !0, i4.__ = n3, i4.u = u4, r2.__H.__h.push(i4));
}
function T2(n3) {
  return f2 = 5, w2(function() {
    return { current: n3 };
  }, []);
}
function w2(n3, r4) {
  var u4 = y2(t2++, 7);
  return E2(u4.__H, r4) && (u4.__ = n3(), u4.__H = r4), u4.__;
}
function P2() {
  var n3 = y2(t2++, 11);
  if (!n3.__) {
    for (var u4 = r2.__v; !u4.__m && u4.__; ) u4 = u4.__;
    var i4 = u4.__m || (u4.__m = [0, 0]);
    n3.__ = "P" + i4[0] + "-" + i4[1]++;
  }
  return n3.__;
}
function g2() {
  var n3;
  do {
    for (; n3 = e2.shift(); ) try {
      C2(n3);
    } catch (t6) {
      a2.__e(t6, { __: (n3 = n3.__P) && n3.__v });
    }
    for (; n3 = c2.shift(); ) {
      var t5 = n3.__H;
      if (n3.__P && t5) try {
        t5.__h.some(C2), t5.__h.some(D2), t5.__h = [];
      } catch (r4) {
        t5.__h = [], a2.__e(r4, n3.__v);
      }
    }
  } while (e2.length);
}
a2.__b = function(n3) {
  r2 = null, v2 && v2(n3);
}, a2.__ = function(n3, t5) {
  n3 && t5.__k && t5.__k.__m && (n3.__m = t5.__k.__m), p2 && p2(n3, t5);
}, a2.__r = function(n3) {
  l2 && l2(n3), t2 = 0;
  var i4 = (r2 = n3.__c).__H;
  i4 && (u2 == r2 ? r2.__h = [] : (i4.__h.some(C2), i4.__h.some(D2), t2 = 0), i4.__h = [], i4.__.some(function(n4) {
    n4.__N && (n4.__ = n4.__N), n4.u = n4.__N = void 0;
  })), u2 = r2;
}, a2.diffed = function(n3) {
  m2 && m2(n3);
  var t5 = n3.__c;
  t5 && t5.__H && (t5.__H.__h.length && B2(c2.push(t5)), t5.__H.__.some(function(n4) {
    n4.u && (n4.__H = n4.u);
  })), u2 = r2 = null;
}, a2.__c = function(n3, t5) {
  t5.some(function(n4) {
    try {
      n4.__h.some(C2), n4.__h = n4.__h.filter(function(n5) {
        return !n5.__ || D2(n5);
      });
    } catch (t6) {
      n4.__h = [function() {
        throw t6;
      }];
    }
  }), h2 && h2(n3, t5);
}, a2.unmount = function(n3) {
  s2 && s2(n3);
  var t5, r4, u4 = n3.__c;
  u4 && u4.__H && (u4.__H.__.some(function(u5) {
    try {
      if (u5.__P && u5.__c) {
        if (r4 === void 0) {
          for (r4 = n3.__; r4 && (!r4.__c || !r4.__c.__P); ) r4 = r4.__;
          r4 = r4 && r4.__c;
        }
        u5.__P = r4, B2(e2.push(u5));
      } else C2(u5);
    } catch (n4) {
      t5 = n4;
    }
  }), u4.__H = void 0, t5 && a2.__e(t5, u4.__v));
};
var k2 = typeof requestAnimationFrame == "function";
function z2(n3) {
  var t5, r4 = function() {
    clearTimeout(u4), k2 && cancelAnimationFrame(t5), setTimeout(n3);
  }, u4 = setTimeout(r4, 35);
  k2 && (t5 = requestAnimationFrame(r4));
}
function B2(n3) {
  n3 != 1 && i2 == a2.requestAnimationFrame || ((i2 = a2.requestAnimationFrame) || z2)(g2);
}
function C2(n3) {
  var t5 = r2, u4 = n3.__c;
  typeof u4 == "function" && (n3.__c = void 0, u4()), r2 = t5;
}
function D2(n3) {
  var t5 = r2;
  n3.__c = n3.__(), r2 = t5;
}
function E2(n3, t5) {
  return !n3 || n3.length != t5.length || t5.some(function(t6, r4) {
    return !o2(t6, n3[r4]);
  });
}

// node_modules/@preact/signals-core/dist/signals-core.module.js
var i3 = /* @__PURE__ */ Symbol.for("preact-signals");
function t3() {
  if (v3 > 1)
    v3--;
  else {
    var i4, t5 = !1;
    for ((function() {
      var i5 = c3;
      for (c3 = void 0; i5 !== void 0; ) {
        var t6 = i5.S;
        if (t6.v === i5.v) for (var r5 = t6.t; r5 !== void 0; r5 = r5.x) r5.i === i5.i && (r5.i = t6.i);
        i5 = i5.o;
      }
    })(); h3 !== void 0; ) {
      var r4 = h3;
      for (h3 = void 0, s3++; r4 !== void 0; ) {
        var n3 = r4.u;
        if (r4.u = void 0, r4.f &= -3, !(8 & r4.f) && w3(r4)) try {
          r4.c();
        } catch (r5) {
          t5 || (i4 = r5, t5 = !0);
        }
        r4 = n3;
      }
    }
    if (s3 = 0, v3--, t5) throw i4;
  }
}
function r3(i4) {
  if (v3 > 0) return i4();
  u3 = ++e3, v3++;
  try {
    return i4();
  } finally {
    t3();
  }
}
var n2, o3 = void 0;
function f3(i4) {
  var t5 = o3, r4 = n2;
  o3 = void 0, n2 = void 0;
  try {
    return i4();
  } finally {
    o3 = t5, n2 = r4;
  }
}
var h3 = void 0, v3 = 0, s3 = 0, e3 = 0, u3 = 0, c3 = void 0, a3 = 0;
function d2(i4) {
  if (o3 !== void 0) {
    var t5 = i4.n;
    if (t5 === void 0 || t5.t !== o3)
      return t5 = { i: 0, S: i4, p: o3.s, n: void 0, t: o3, e: void 0, x: void 0, r: t5 }, o3.s !== void 0 && (o3.s.n = t5), o3.s = t5, i4.n = t5, 32 & o3.f && i4.S(t5), t5;
    if (t5.i === -1)
      return t5.i = 0, t5.n !== void 0 && (t5.n.p = t5.p, t5.p !== void 0 && (t5.p.n = t5.n), t5.p = o3.s, t5.n = void 0, o3.s.n = t5, o3.s = t5), t5;
  }
}
function l3(i4, t5) {
  this.v = i4, this.i = 0, this.n = void 0, this.t = void 0, this.l = 0, this.W = t5 == null ? void 0 : t5.watched, this.Z = t5 == null ? void 0 : t5.unwatched, this.name = t5 == null ? void 0 : t5.name;
}
l3.prototype.brand = i3;
l3.prototype.h = function() {
  return !0;
};
l3.prototype.S = function(i4) {
  var t5 = this, r4 = this.t;
  r4 !== i4 && i4.e === void 0 && (i4.x = r4, this.t = i4, r4 !== void 0 ? r4.e = i4 : f3(function() {
    var i5;
    (i5 = t5.W) == null || i5.call(t5);
  }));
};
l3.prototype.U = function(i4) {
  var t5 = this;
  if (this.t !== void 0) {
    var r4 = i4.e, n3 = i4.x;
    r4 !== void 0 && (r4.x = n3, i4.e = void 0), n3 !== void 0 && (n3.e = r4, i4.x = void 0), i4 === this.t && (this.t = n3, n3 === void 0 && f3(function() {
      var i5;
      (i5 = t5.Z) == null || i5.call(t5);
    }));
  }
};
l3.prototype.subscribe = function(i4) {
  var t5 = this;
  return x2(function() {
    var r4 = t5.value;
    f3(function() {
      return i4(r4);
    });
  }, { name: "sub" });
};
l3.prototype.valueOf = function() {
  return this.value;
};
l3.prototype.toString = function() {
  return this.value + "";
};
l3.prototype.toJSON = function() {
  return this.value;
};
l3.prototype.peek = function() {
  var i4 = this;
  return f3(function() {
    return i4.value;
  });
};
Object.defineProperty(l3.prototype, "value", { get: function() {
  var i4 = d2(this);
  return i4 !== void 0 && (i4.i = this.i), this.v;
}, set: function(i4) {
  if (i4 !== this.v) {
    if (s3 > 100) throw new Error("Cycle detected");
    (function(i5) {
      v3 !== 0 && s3 === 0 && i5.l !== u3 && (i5.l = u3, c3 = { S: i5, v: i5.v, i: i5.i, o: c3 });
    })(this), this.v = i4, this.i++, a3++, v3++;
    try {
      for (var r4 = this.t; r4 !== void 0; r4 = r4.x) r4.t.N();
    } finally {
      t3();
    }
  }
} });
function y3(i4, t5) {
  return new l3(i4, t5);
}
function w3(i4) {
  for (var t5 = i4.s; t5 !== void 0; t5 = t5.n) if (t5.S.i !== t5.i || !t5.S.h() || t5.S.i !== t5.i) return !0;
  return !1;
}
function b(i4) {
  for (var t5 = i4.s; t5 !== void 0; t5 = t5.n) {
    var r4 = t5.S.n;
    if (r4 !== void 0 && (t5.r = r4), t5.S.n = t5, t5.i = -1, t5.n === void 0) {
      i4.s = t5;
      break;
    }
  }
}
function _2(i4) {
  for (var t5 = i4.s, r4 = void 0; t5 !== void 0; ) {
    var n3 = t5.p;
    t5.i === -1 ? (t5.S.U(t5), n3 !== void 0 && (n3.n = t5.n), t5.n !== void 0 && (t5.n.p = n3)) : r4 = t5, t5.S.n = t5.r, t5.r !== void 0 && (t5.r = void 0), t5 = n3;
  }
  i4.s = r4;
}
function j2(i4, t5) {
  l3.call(this, void 0, t5), this.x = i4, this.s = void 0, this.g = a3 - 1, this.f = 4;
}
j2.prototype = new l3();
j2.prototype.h = function() {
  if (this.f &= -3, 1 & this.f) return !1;
  if ((36 & this.f) == 32 || (this.f &= -5, this.g === a3)) return !0;
  if (this.g = a3, this.f |= 1, this.i > 0 && !w3(this))
    return this.f &= -2, !0;
  var i4 = o3;
  try {
    b(this), o3 = this;
    var t5 = this.x();
    (16 & this.f || this.v !== t5 || this.i === 0) && (this.v = t5, this.f &= -17, this.i++);
  } catch (i5) {
    this.v = i5, this.f |= 16, this.i++;
  }
  return o3 = i4, _2(this), this.f &= -2, !0;
};
j2.prototype.S = function(i4) {
  if (this.t === void 0) {
    this.f |= 36;
    for (var t5 = this.s; t5 !== void 0; t5 = t5.n) t5.S.S(t5);
  }
  l3.prototype.S.call(this, i4);
};
j2.prototype.U = function(i4) {
  if (this.t !== void 0 && (l3.prototype.U.call(this, i4), this.t === void 0)) {
    this.f &= -33;
    for (var t5 = this.s; t5 !== void 0; t5 = t5.n) t5.S.U(t5);
  }
};
j2.prototype.N = function() {
  if (!(2 & this.f)) {
    this.f |= 6;
    for (var i4 = this.t; i4 !== void 0; i4 = i4.x) i4.t.N();
  }
};
Object.defineProperty(j2.prototype, "value", { get: function() {
  if (1 & this.f) throw new Error("Cycle detected");
  var i4 = d2(this);
  if (this.h(), i4 !== void 0 && (i4.i = this.i), 16 & this.f) throw this.v;
  return this.v;
} });
function O(i4, t5) {
  return new j2(i4, t5);
}
function p3(i4) {
  var r4 = i4.j;
  if (i4.j = void 0, typeof r4 == "function") {
    v3++;
    var n3 = o3;
    o3 = void 0;
    try {
      r4();
    } catch (t5) {
      throw i4.f &= -2, i4.f |= 8, g3(i4), t5;
    } finally {
      o3 = n3, t3();
    }
  }
}
function g3(i4) {
  for (var t5 = i4.s; t5 !== void 0; t5 = t5.n) t5.S.U(t5);
  i4.x = void 0, i4.s = void 0, p3(i4);
}
function S2(i4) {
  if (o3 !== this) throw new Error("Out-of-order effect");
  _2(this), o3 = i4, this.f &= -2;
  try {
    8 & this.f && g3(this);
  } finally {
    t3();
  }
}
function m3(i4, t5) {
  this.x = i4, this.j = void 0, this.s = void 0, this.u = void 0, this.f = 32, this.name = t5 == null ? void 0 : t5.name, n2 && n2.push(this);
}
m3.prototype.c = function() {
  var i4 = this.S();
  try {
    if (8 & this.f || this.x === void 0) return;
    var t5 = this.x();
    typeof t5 == "function" && (this.j = t5);
  } finally {
    i4();
  }
};
m3.prototype.S = function() {
  if (1 & this.f) throw new Error("Cycle detected");
  this.f |= 1, this.f &= -9, p3(this), b(this), v3++;
  var i4 = o3;
  return o3 = this, S2.bind(this, i4);
};
m3.prototype.N = function() {
  2 & this.f || (this.f |= 2, this.u = h3, h3 = this);
};
m3.prototype.d = function() {
  this.f |= 8, 1 & this.f || g3(this);
};
m3.prototype.dispose = function() {
  this.d();
};
function x2(i4, t5) {
  var r4 = new m3(i4, t5);
  try {
    r4.c();
  } catch (i5) {
    throw r4.d(), i5;
  }
  var n3 = r4.d.bind(r4);
  return n3[Symbol.dispose] = n3, n3;
}

// node_modules/@preact/signals/dist/signals.module.js
var h4, d3, p4, m4 = typeof window < "u" && !!window.__PREACT_SIGNALS_DEVTOOLS__;
var g4 = [];
x2(function() {
  h4 = this.N;
})();
function b2(i4, n3) {
  n[i4] = n3.bind(null, n[i4] || function() {
  });
}
function y4(i4) {
  if (p4) {
    var n3 = p4;
    p4 = void 0, n3();
  }
  p4 = i4 && i4.S();
}
function w4(i4) {
  var n3 = this, r4 = i4.data, t5 = useSignal(r4);
  t5.name = "ReactiveDom", t5.value = r4;
  var e4 = w2(function() {
    for (var i5 = n3, r5 = n3.__v; r5 = r5.__; ) if (r5.__c) {
      r5.__c.__$f |= 4;
      break;
    }
    var o5 = O(function() {
      var i6 = t5.value.value;
      return i6 === 0 ? 0 : i6 === !0 ? "" : i6 || "";
    }), e5 = O(function() {
      return !Array.isArray(o5.value) && !r(o5.value);
    }), u5 = x2(function() {
      if (this.N = M, e5.value) {
        var n4 = o5.value;
        i5.__v && i5.__v.__e && i5.__v.__e.nodeType === 3 && (i5.__v.__e.data = n4);
      }
    }), c5 = n3.__$u.d;
    return n3.__$u.d = function() {
      u5(), c5.call(this);
    }, [e5, o5];
  }, []), u4 = e4[0], c4 = e4[1];
  return u4.value ? c4.peek() : c4.value;
}
w4.displayName = "ReactiveTextNode";
Object.defineProperties(l3.prototype, { constructor: { configurable: !0, value: k($, null).constructor }, type: { configurable: !0, value: w4 }, props: { configurable: !0, get: function() {
  var i4 = this;
  return { data: { get value() {
    return i4.value;
  } } };
} }, __b: { configurable: !0, value: 1 } });
b2("__b", function(i4, n3) {
  if (y4(), d3 = void 0, typeof n3.type == "string") {
    var r4, t5 = n3.props;
    for (var f5 in t5) if (f5 !== "children") {
      var o5 = t5[f5];
      o5 instanceof l3 && (r4 || (n3.__np = r4 = {}), r4[f5] = o5, t5[f5] = o5.peek());
    }
  }
  i4(n3);
});
b2("__r", function(i4, r4) {
  if (i4(r4), r4.type !== $) {
    y4();
    var t5, f5 = r4.__c;
    f5 && (f5.__$f &= -2, (t5 = f5.__$u) === void 0 && (f5.__$u = t5 = (function(i5, n3) {
      var r5;
      return x2(function() {
        r5 = this;
      }, { name: n3 }), r5.c = i5, r5;
    })(/* @__PURE__ */ (function(i5) {
      return function() {
        var n3;
        m4 && ((n3 = this.y) == null || n3.call(this)), i5.__$f |= 1, i5.setState({});
      };
    })(f5), typeof r4.type == "function" ? r4.type.displayName || r4.type.name : ""))), d3 = f5, y4(t5);
  }
});
b2("__e", function(i4, n3, r4, t5) {
  y4(), d3 = void 0, i4(n3, r4, t5);
});
b2("diffed", function(i4, n3) {
  y4(), d3 = void 0;
  var r4;
  if (typeof n3.type == "string" && (r4 = n3.__e)) {
    var t5 = n3.__np, f5 = n3.props, o5 = r4.U;
    if (o5) for (var e4 in o5) {
      var u4 = o5[e4];
      u4 === void 0 || t5 && e4 in t5 || (u4.d(), o5[e4] = void 0);
    }
    if (t5) {
      o5 || (o5 = {}, r4.U = o5);
      for (var a5 in t5) {
        var c4 = o5[a5], v4 = t5[a5];
        c4 === void 0 ? (c4 = k3(r4, a5, v4, f5), o5[a5] = c4) : c4.o(v4, f5);
      }
    }
  }
  i4(n3);
});
function k3(i4, n3, r4, t5) {
  var f5 = n3 in i4 && i4.ownerSVGElement === void 0, o5 = y3(r4);
  return { o: function(i5, n4) {
    o5.value = i5, t5 = n4;
  }, d: x2(function() {
    this.N = M;
    var r5 = o5.value.value;
    t5[n3] !== r5 && (t5[n3] = r5, f5 ? i4[n3] = r5 : r5 != null && (r5 !== !1 || n3[4] === "-") ? i4.setAttribute(n3, r5) : i4.removeAttribute(n3));
  }) };
}
b2("unmount", function(i4, n3) {
  if (typeof n3.type == "string") {
    var r4 = n3.__e;
    if (r4) {
      var t5 = r4.U;
      if (t5) {
        r4.U = void 0;
        for (var f5 in t5) {
          var o5 = t5[f5];
          o5 && o5.d();
        }
      }
    }
    var e4 = n3.__np;
    if (e4) {
      var u4 = n3.props;
      for (var a5 in e4) u4[a5] = e4[a5];
    }
    n3.__np = void 0;
  } else {
    var c4 = n3.__c;
    if (c4) {
      c4.__$f |= 8;
      var v4 = c4.__$u;
      v4 && (c4.__$u = void 0, v4.d());
    }
  }
  i4(n3);
});
b2("__h", function(i4, n3, r4, t5) {
  t5 < 3 && (n3.__$f |= 2), i4(n3, r4, t5);
});
x.prototype.shouldComponentUpdate = function(i4, n3) {
  if (this.__R) return !0;
  var r4 = this.__$u, t5 = r4 && r4.s !== void 0;
  for (var f5 in n3) return !0;
  if (this.__f || typeof this.u == "boolean" && this.u === !0) {
    var o5 = 2 & this.__$f;
    if (!(t5 || o5 || 4 & this.__$f) || 1 & this.__$f) return !0;
  } else if (!(t5 || 4 & this.__$f) || 3 & this.__$f) return !0;
  for (var e4 in i4) if (e4 !== "__source" && i4[e4] !== this.props[e4]) return !0;
  for (var u4 in this.props) if (!(u4 in i4)) return !0;
  return !1;
};
function useSignal(i4, n3) {
  return w2(function() {
    return y3(i4, n3);
  }, []);
}
function useComputed(i4, n3) {
  var r4 = T2(i4);
  return r4.current = i4, d3.__$f |= 4, w2(function() {
    return O(function() {
      return r4.current();
    }, n3);
  }, []);
}
var A3 = function(i4) {
  queueMicrotask(function() {
    queueMicrotask(i4);
  });
};
function F2() {
  r3(function() {
    for (var i4; i4 = g4.shift(); ) h4.call(i4);
  });
}
function M() {
  g4.push(this) === 1 && (n.requestAnimationFrame || A3)(F2);
}

// src/core/router.ts
var here = y3(location.pathname + location.search), mayLeave = () => !0;
function go(address, replace = !1) {
  mayLeave() && (replace ? history.replaceState(null, "", address) : history.pushState(null, "", address), here.value = address, window.scrollTo(0, 0));
}
function startRouter(prefix) {
  addEventListener("popstate", () => {
    here.value = location.pathname + location.search;
  }), document.addEventListener("click", (event) => {
    var _a, _b;
    let link = (_b = (_a = event.target).closest) == null ? void 0 : _b.call(_a, "a");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    let url = new URL(link.href);
    url.origin !== location.origin || url.hash || url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`) || (event.preventDefault(), go(url.pathname + url.search));
  });
}

// src/i18n/index.ts
var t4 = globalThis.dasTernTexts, language = document.documentElement.lang === "en" ? "en" : "km";
function speak(wanted) {
  let secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `das-tern-language=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`, location.reload();
}

// src/core/api.ts
var Problem = class extends Error {
  constructor(status, code, message, fields, reference) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.reference = reference;
  }
  /** The server could not be reached, or something between did not let it answer. */
  get isAway() {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
  /** Whether this may be right the next time. */
  get isPassing() {
    return this.isAway || this.status === 429 || this.status >= 500;
  }
};
function get(path, sent = {}) {
  return call("GET", path, sent);
}
function post(path, sent = {}) {
  return call("POST", path, sent);
}
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
var whenSignedOut = () => {
};
function signedOut() {
  whenSignedOut();
}
async function call(method, path, sent) {
  let response = await send(method, path, sent);
  if (response.status === 401 && !path.startsWith("/auth/browser/") && !await isMistyped(response)) {
    let continued = await continueSession();
    if (continued === "away") throw new Problem(0, "away", t4.errors.away, [], "");
    continued === "yes" && (response = await send(method, path, sent)), response.status === 401 && signedOut();
  }
  if (response.status === 403 && await codeOf(response) === "second_factor_required" && location.replace("/sign-in"), response.ok) return response.status === 204 ? void 0 : await response.json();
  throw await problemOf(response);
}
async function send(method, path, sent) {
  var _a;
  let address = path.replace(/\{(\w+)\}/g, (_3, name) => {
    var _a2;
    return encodeURIComponent(String(((_a2 = sent.path) == null ? void 0 : _a2[name]) ?? ""));
  }), query = new URLSearchParams();
  for (let [name, value] of Object.entries(sent.query ?? {}))
    value != null && value !== "" && query.set(name, String(value));
  let headers = { "accept-language": language, "x-das-tern-page": "1" };
  sent.body !== void 0 && (headers["content-type"] = "application/json"), sent.csv !== void 0 && (headers["content-type"] = "text/csv"), sent.key && (headers["idempotency-key"] = sent.key), sent.revision !== void 0 && (headers["if-match"] = `"${sent.revision}"`);
  let text = query.toString();
  try {
    return await fetch(`/api${address}${text ? `?${text}` : ""}`, {
      method,
      headers,
      cache: "no-store",
      body: sent.csv ?? (sent.body === void 0 ? void 0 : JSON.stringify(sent.body)),
      signal: sent.signal
    });
  } catch (error) {
    throw (_a = sent.signal) != null && _a.aborted ? error : new Problem(0, "away", t4.errors.away, [], "");
  }
}
async function codeOf(response) {
  return (await response.clone().json().catch(() => ({}))).code ?? "";
}
async function isMistyped(response) {
  return ["wrong_credentials", "second_factor_wrong"].includes(await codeOf(response));
}
async function problemOf(response) {
  try {
    let told = await response.json();
    return new Problem(response.status, told.code, told.message, told.errors, told.instance);
  } catch {
    return new Problem(response.status, "unreadable", t4.errors.unreadable, [], response.headers.get("x-request-id") ?? "");
  }
}
var refreshing;
function continueSession() {
  return refreshing ?? (refreshing = inTurn(async () => {
    let response = await send("POST", "/auth/browser/refresh", {}).catch(() => {
    });
    return response != null && response.ok ? "yes" : (response == null ? void 0 : response.status) === 401 ? "gone" : "away";
  }).finally(() => {
    refreshing = void 0;
  })), refreshing;
}
function inTurn(act) {
  return navigator.locks ? navigator.locks.request("das-tern-refresh", act) : act();
}

// src/core/live.ts
var connection = y3("connecting");
var channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("das-tern-events") : void 0;
var source, isStopped = !1;
function stopListening() {
  isStopped = !0, source == null || source.close();
}

// src/core/session.ts
var me = y3(void 0);
function homeOf(person) {
  return person.role === "DOCTOR" && person.status === "VERIFIED" ? "/clinic" : person.role === "ADMIN" && person.status === "ACTIVE" ? "/admin" : person.role === "PATIENT" && person.status === "ACTIVE" ? "/me" : person.role === "FAMILY_MEMBER" && person.status === "ACTIVE" ? "/family" : "/sign-in";
}
var SIGNED_IN = "das-tern-signed-in", noteSignedIn = () => localStorage.setItem(SIGNED_IN, "1"), mayBeSignedIn = () => localStorage.getItem(SIGNED_IN) !== null, isLeaving = !1;
async function signOut() {
  isLeaving = !0, me.value = void 0, stopListening(), await post("/auth/browser/logout").catch(() => {
  }), sessionStorage.clear(), localStorage.removeItem(SIGNED_IN), location.replace("/sign-in");
}

// node_modules/preact/jsx-runtime/dist/jsxRuntime.mjs
var f4 = /* @__PURE__ */ Symbol.for("pv"), o4 = 0;
function a4(t5, e4, n3, u4, a5, i4) {
  e4 || (e4 = {});
  var c4, l4, p5 = e4;
  if ("ref" in p5 && typeof t5 != "function") for (l4 in p5 = {}, e4) l4 == "ref" ? c4 = e4[l4] : p5[l4] = e4[l4];
  var s4 = { type: t5, props: p5, key: n3, ref: c4, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: f4, __v: --o4, __i: -1, __u: 0 };
  return (a5 || i4) && (s4.__source = a5, s4.__self = i4), n.vnode && n.vnode(s4), s4;
}

// src/kit/index.tsx
function Notice({ tone, children, live }) {
  return a4("div", { class: `notice ${tone}`, role: live ? tone === "danger" ? "alert" : "status" : void 0, children });
}
function Refusal({ problem, retry }) {
  return a4(Notice, { tone: problem.isPassing ? "warning" : "danger", live: !0, children: [
    a4("p", { children: problem.message }),
    problem.fields.map((field) => a4("p", { children: [
      field.field,
      ": ",
      field.message
    ] }, field.field)),
    problem.reference && a4("p", { class: "small", children: [
      t4.errors.reference,
      ": ",
      a4("span", { lang: "en", children: problem.reference })
    ] }),
    retry && a4("button", { type: "button", class: "small", onClick: retry, children: t4.retry })
  ] });
}
function Field({ label, hint, error, id, children }) {
  let own = P2(), name = id ?? own, described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  return a4("div", { children: [
    a4("label", { for: name, children: label }),
    hint && a4("p", { class: "hint", id: `${name}-hint`, children: hint }),
    children({ id: name, "aria-describedby": described || void 0, "aria-invalid": error ? !0 : void 0 }),
    error && a4("p", { class: "error", id: `${name}-error`, children: error })
  ] });
}
function Text({ label, value, onText, hint, error, id, kind = "text", mode, autocomplete = "off", most }) {
  return a4(Field, { label, hint, error, id, children: (control) => a4(
    "input",
    {
      ...control,
      type: kind,
      value,
      inputMode: mode,
      autocomplete,
      maxLength: most,
      spellcheck: !1,
      onInput: (event) => onText(event.currentTarget.value)
    }
  ) });
}
function Choice({ label, value, of, onChoice, hint, error, id }) {
  return a4(Field, { label, hint, error, id, children: (control) => a4("select", { ...control, value, onChange: (event) => onChoice(event.currentTarget.value), children: of.map(([one, text]) => a4("option", { value: one, children: text }, one)) }) });
}
function ErrorSummary({ errors }) {
  let box = T2(null), text = errors.map((error) => error.text).join();
  return A2(() => {
    var _a, _b;
    errors.length !== 0 && ((_a = box.current) == null || _a.focus(), (_b = box.current) == null || _b.scrollIntoView({ block: "start" }));
  }, [errors, text]), errors.length === 0 ? null : a4("div", { class: "notice danger", role: "alert", tabIndex: -1, ref: box, children: [
    a4("h2", { children: t4.errors.summary }),
    a4("ul", { children: errors.map((error) => a4("li", { children: a4("a", { href: `#${error.id}`, onClick: (event) => {
      var _a;
      event.preventDefault(), (_a = document.getElementById(error.id)) == null || _a.focus();
    }, children: error.text }) }, error.id)) })
  ] });
}
function useAction(act) {
  let busy = useSignal(!1), problem = useSignal(void 0), run = async (...given) => {
    if (!busy.value) {
      busy.value = !0, problem.value = void 0;
      try {
        await act(...given);
      } catch (error) {
        problem.value = error instanceof Problem ? error : new Problem(0, "fault", String(error), [], "");
      } finally {
        busy.value = !1;
      }
    }
  }, isBusy = useComputed(() => busy.value);
  return { run, isBusy: isBusy.value, problem: problem.value, forget: () => {
    problem.value = void 0;
  } };
}

// src/i18n/format.ts
var MINUTE = 6e4, OFFSET = 420 * MINUTE;
function plainDigits(text) {
  return text.replace(/[០-៩]/g, (digit) => String(digit.charCodeAt(0) - 6112));
}
var noDay = { day: "", month: "", year: "" };
function readDay({ day, month, year }) {
  let [dayText, yearText] = [plainDigits(day).trim(), plainDigits(year).trim()];
  if (!dayText && !month && !yearText) return "empty";
  if (!/^\d{1,2}$/.test(dayText) || !/^\d{1,2}$/.test(month) || !/^\d{4}$/.test(yearText)) return "wrong";
  let named = `${yearText}-${month.padStart(2, "0")}-${dayText.padStart(2, "0")}`, instant = /* @__PURE__ */ new Date(`${named}T00:00:00Z`);
  return Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== named ? "wrong" : { day: named };
}

// src/screens/SecondFactor.tsx
function Asking({ asks, action, danger, onSend }) {
  let [password, code] = [useSignal(""), useSignal("")], errors = useSignal([]), sending = useAction(async () => {
    errors.value = [
      asks.includes("password") && !password.value ? { id: "factor-password", text: t4.signIn.passwordMissing } : void 0,
      asks.includes("code") && !code.value.trim() ? { id: "factor-code", text: t4.factor.codeMissing } : void 0
    ].filter((error) => error !== void 0), errors.value.length === 0 && await onSend({ password: password.value, code: code.value.trim() });
  }), wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  };
  return a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), sending.run();
  }, children: [
    a4(ErrorSummary, { errors: errors.value }),
    sending.problem && a4(Refusal, { problem: sending.problem }),
    asks.includes("password") && a4(
      Text,
      {
        id: "factor-password",
        label: t4.account.current,
        kind: "password",
        autocomplete: "current-password",
        value: password.value,
        most: 1024,
        error: wrong("factor-password"),
        onText: (text) => {
          password.value = text;
        }
      }
    ),
    asks.includes("code") && a4(
      Text,
      {
        id: "factor-code",
        label: t4.factor.code,
        value: code.value,
        autocomplete: "one-time-code",
        most: 20,
        error: wrong("factor-code"),
        onText: (text) => {
          code.value = text;
        }
      }
    ),
    a4("div", { class: "row", children: a4("button", { type: "submit", class: danger ? "danger" : "primary", disabled: sending.isBusy, children: action }) })
  ] });
}
function Step({ children }) {
  let box = T2(null);
  return A2(() => {
    var _a;
    (_a = box.current) == null || _a.focus();
  }, []), a4("div", { class: "stack", tabIndex: -1, ref: box, children });
}
function Recovery({ codes, onDone }) {
  return a4(Step, { children: [
    a4(Notice, { tone: "success", live: !0, children: t4.factor.recovery }),
    a4("ul", { class: "list", lang: "en", children: codes.map((code) => a4("li", { class: "number", children: code }, code)) }),
    a4("div", { class: "row", children: a4("button", { type: "button", class: "primary", onClick: onDone, children: t4.factor.kept }) })
  ] });
}
function SettingUp({ onDone }) {
  var _a;
  let begun = useSignal(void 0), recovery = useSignal(void 0);
  if (recovery.value) return a4(Recovery, { codes: recovery.value, onDone });
  if (!begun.value)
    return a4(Step, { children: [
      a4("p", { children: t4.factor.how }),
      a4(Asking, { asks: ["password"], action: t4.factor.begin, onSend: async ({ password }) => {
        begun.value = await post("/auth/mfa/totp", { body: { password } });
      } })
    ] }, "password");
  let { secret, uri, qrCode } = begun.value;
  return a4(Step, { children: [
    a4("p", { children: t4.factor.scan }),
    a4("img", { class: "qr", src: qrCode, alt: t4.factor.picture, width: "240", height: "240" }),
    a4("p", { children: a4("a", { href: uri, children: t4.factor.here }) }),
    a4("p", { children: [
      t4.factor.type,
      " ",
      a4("span", { class: "number", lang: "en", children: (_a = secret.match(/.{1,4}/g)) == null ? void 0 : _a.join(" ") })
    ] }),
    a4(Asking, { asks: ["code"], action: t4.factor.confirm, onSend: async ({ code }) => {
      recovery.value = (await post("/auth/mfa/totp/confirm", { body: { code } })).recoveryCodes;
    } })
  ] }, "code");
}

// src/screens/public/ContactCode.tsx
function ContactCode({ contact, password, onDone }) {
  let code = useSignal(""), isMissing = useSignal(!1), delivery = useSignal(void 0), wait = useSignal(0), sending = useAction(async () => {
    let sent = await post("/auth/otp/send", { body: { identifier: contact, purpose: "VERIFY_CONTACT" } });
    delivery.value = sent.delivery, wait.value = sent.resendAfterSeconds;
  });
  A2(() => {
    sending.run();
    let timer = setInterval(() => {
      wait.value = Math.max(0, wait.value - 1);
    }, 1e3);
    return () => clearInterval(timer);
  }, []);
  let confirming = useAction(async () => {
    isMissing.value = !code.value.trim(), !isMissing.value && (await post("/auth/otp/verify", { body: { identifier: contact, otp: plainDigits(code.value).replace(/\s/g, ""), purpose: "VERIFY_CONTACT", password } }), await onDone());
  });
  return a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), confirming.run();
  }, children: [
    delivery.value === "NOT_CONFIGURED" ? a4(Notice, { tone: "warning", live: !0, children: t4.register.noSending }) : delivery.value && a4(Notice, { tone: "info", live: !0, children: t4.register.codeSent(contact) }),
    (confirming.problem ?? sending.problem) && a4(Refusal, { problem: confirming.problem ?? sending.problem }),
    a4(Text, { id: "code", label: t4.forgot.code, value: code.value, mode: "numeric", autocomplete: "one-time-code", most: 20, error: isMissing.value ? t4.forgot.codeMissing : void 0, onText: (text) => {
      code.value = text;
    } }),
    a4("button", { type: "submit", class: "primary", disabled: confirming.isBusy, children: t4.register.confirm }),
    a4("button", { type: "button", disabled: sending.isBusy || wait.value > 0, onClick: () => {
      sending.run();
    }, children: wait.value > 0 ? t4.register.wait(wait.value) : t4.register.again })
  ] });
}

// src/kit/language.tsx
function LanguageSwitch() {
  let other = language === "km" ? "en" : "km";
  return a4("button", { type: "button", class: "plain", lang: other, onClick: () => speak(other), children: other === "km" ? "ខ្មែរ" : "English" });
}

// src/screens/public/Plain.tsx
function Plain({ title, children }) {
  return A2(() => {
    document.title = `${title} · Das Tern`;
  }, [title]), a4("main", { class: "narrow stack", children: [
    a4("div", { class: "row between", children: [
      a4("a", { class: "muted", href: "/", children: [
        "ដាស់តឿន ",
        a4("span", { lang: "en", children: "Das Tern" })
      ] }),
      a4(LanguageSwitch, {})
    ] }),
    a4("h1", { children: title }),
    children,
    a4("p", { class: "small muted", children: [
      t4.signIn.forProgrammers,
      " ",
      a4("a", { href: "/docs", children: "API" })
    ] })
  ] });
}

// src/screens/public/SignIn.tsx
function next(person) {
  let home = homeOf(person), wanted = new URLSearchParams(location.search).get("next") ?? "";
  return home !== "/sign-in" && (wanted === home || wanted.startsWith(`${home}/`)) ? wanted : home;
}
function SignIn() {
  let person = useSignal(void 0), [identifier, password, shown, errors] = [useSignal(""), useSignal(""), useSignal(!1), useSignal([])], capsLock = useSignal(!1), [asksForCode, code, owes] = [useSignal(!1), useSignal(""), useSignal(void 0)];
  A2(() => {
    mayBeSignedIn() && get("/auth/me").then(arrived, () => {
    });
  }, []);
  let arrived = async (found) => {
    let address = next(found);
    if (noteSignedIn(), found.role === "DOCTOR" || found.role === "ADMIN") {
      let factor = await get("/auth/mfa");
      if (factor.required && !factor.onSince) {
        owes.value = found;
        return;
      }
    }
    address === "/sign-in" ? person.value = found : location.assign(address);
  }, signing = useAction(async () => {
    if (errors.value = [
      identifier.value.trim() ? void 0 : { id: "identifier", text: t4.signIn.identifierMissing },
      password.value ? void 0 : { id: "password", text: t4.signIn.passwordMissing },
      asksForCode.value && !code.value.trim() ? { id: "code", text: t4.factor.codeMissing } : void 0
    ].filter((error) => error !== void 0), errors.value.length > 0) return;
    let body = { identifier: identifier.value.trim(), password: password.value, code: code.value.trim() || void 0 }, session = await post("/auth/browser/login", { body }).catch((problem) => {
      if (problem.code !== "mfa_required") throw problem;
      asksForCode.value = !0;
    });
    session && (await get("/auth/me").catch((problem) => {
      throw problem.status === 401 ? new Problem(401, "cookie_not_kept", location.protocol === "https:" ? t4.signIn.notKept : t4.signIn.needsHttps, [], "") : problem;
    }), await arrived(session.user));
  });
  if (owes.value) {
    let found = owes.value;
    return a4(Plain, { title: t4.factor.title, children: [
      a4(Notice, { tone: "info", children: t4.factor.must }),
      a4(SettingUp, { onDone: () => {
        location.assign(next(found));
      } }),
      a4("button", { type: "button", onClick: () => {
        signOut();
      }, children: t4.signOut })
    ] });
  }
  if (person.value) return a4(Waiting, { person: person.value });
  let wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  };
  return a4(Plain, { title: t4.signIn.title, children: [
    a4(ErrorSummary, { errors: errors.value }),
    signing.problem && a4(Refusal, { problem: signing.problem }),
    new URLSearchParams(location.search).has("next") && !signing.problem && a4(Notice, { tone: "info", children: t4.signIn.ended }),
    a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), signing.run();
    }, children: [
      a4(
        Text,
        {
          id: "identifier",
          label: t4.signIn.identifier,
          value: identifier.value,
          mode: "email",
          autocomplete: "username",
          most: 254,
          error: wrong("identifier"),
          onText: (text) => {
            identifier.value = text;
          }
        }
      ),
      a4("div", { onKeyUp: (event) => {
        var _a;
        capsLock.value = ((_a = event.getModifierState) == null ? void 0 : _a.call(event, "CapsLock")) ?? !1;
      }, children: [
        a4(
          Text,
          {
            id: "password",
            label: t4.signIn.password,
            value: password.value,
            kind: shown.value ? "text" : "password",
            autocomplete: "current-password",
            most: 1024,
            error: wrong("password"),
            onText: (text) => {
              password.value = text;
            }
          }
        ),
        capsLock.value && a4("p", { class: "hint", role: "status", children: t4.signIn.capsLock }),
        a4("label", { class: "check", children: [
          a4("input", { type: "checkbox", checked: shown.value, onChange: (event) => {
            shown.value = event.currentTarget.checked;
          } }),
          t4.signIn.show
        ] })
      ] }),
      asksForCode.value && a4(
        Text,
        {
          id: "code",
          label: t4.factor.code,
          hint: t4.factor.codeHint,
          value: code.value,
          autocomplete: "one-time-code",
          most: 20,
          error: wrong("code"),
          onText: (text) => {
            code.value = text;
          }
        }
      ),
      a4("button", { type: "submit", class: "primary", disabled: signing.isBusy, children: t4.signIn.action })
    ] }),
    a4("p", { children: a4("a", { href: "/forgot-password", children: t4.signIn.forgot }) }),
    a4("p", { children: a4("a", { class: "button wide", href: "/register", children: t4.register.make }) })
  ] });
}
function Waiting({ person }) {
  let state = t4.signIn.state, isUnconfirmed = person.role !== "DOCTOR" && person.status === "PENDING_VERIFICATION", text = state.otherRole;
  return person.role === "DOCTOR" && person.status === "PENDING_VERIFICATION" ? text = state.licence : person.status === "PENDING_VERIFICATION" ? text = state.contact : person.status === "REJECTED" && (text = state.rejected), a4(Plain, { title: person.fullName, children: [
    a4(Notice, { tone: person.status === "REJECTED" ? "danger" : "info", children: [
      a4("p", { children: text }),
      person.rejectionReason && a4("p", { children: [
        state.reason,
        ": ",
        person.rejectionReason
      ] })
    ] }),
    isUnconfirmed && a4(ContactCode, { contact: person.phone ?? person.email ?? "", onDone: () => location.reload() }),
    a4("div", { class: "row", children: [
      a4("button", { type: "button", onClick: () => location.reload(), children: state.again }),
      a4("button", { type: "button", onClick: () => {
        signOut();
      }, children: t4.signOut })
    ] })
  ] });
}

// src/kit/form.tsx
function DayFields({ id, label, hint, error, value, onDay }) {
  let described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || void 0, wrong = error ? !0 : void 0;
  return a4("fieldset", { "aria-describedby": described, children: [
    a4("legend", { class: "label", children: label }),
    hint && a4("p", { class: "hint", id: `${id}-hint`, children: hint }),
    a4("div", { class: "day-fields", children: [
      a4("div", { children: [
        a4("label", { for: id, children: t4.day.day }),
        a4("input", { id, type: "text", inputMode: "numeric", autocomplete: "off", maxLength: 2, value: value.day, "aria-invalid": wrong, onInput: (event) => onDay({ ...value, day: event.currentTarget.value }) })
      ] }),
      a4("div", { children: [
        a4("label", { for: `${id}-month`, children: t4.day.month }),
        a4("select", { id: `${id}-month`, value: value.month, "aria-invalid": wrong, onChange: (event) => onDay({ ...value, month: event.currentTarget.value }), children: [
          a4("option", { value: "", children: "–" }),
          t4.months.map((month, place) => a4("option", { value: String(place + 1), children: month }, month))
        ] })
      ] }),
      a4("div", { children: [
        a4("label", { for: `${id}-year`, children: t4.day.year }),
        a4("input", { id: `${id}-year`, type: "text", inputMode: "numeric", autocomplete: "off", maxLength: 4, value: value.year, "aria-invalid": wrong, onInput: (event) => onDay({ ...value, year: event.currentTarget.value }) })
      ] })
    ] }),
    error && a4("p", { class: "error", id: `${id}-error`, children: error })
  ] });
}
function dayFault(id, typed, isNeeded = !1) {
  let read = readDay(typed);
  return read === "wrong" ? [{ id, text: t4.errors.day.form }] : read === "empty" && isNeeded ? [{ id, text: t4.errors.day.missing }] : [];
}
function dayOf(typed) {
  let read = readDay(typed);
  return typeof read == "object" ? read.day : void 0;
}

// src/screens/public/Register.tsx
function Register() {
  let step = useSignal("contact"), role = useSignal("patient"), [contact, password, first, last, full] = [useSignal(""), useSignal(""), useSignal(""), useSignal(""), useSignal("")], gender = useSignal("FEMALE"), born = useSignal(noDay), key = useSignal(newKey()), errors = useSignal([]), isPatient = role.value === "patient", identifier = () => contact.value.trim(), goOn = () => {
    errors.value = [
      ...identifier() ? [] : [{ id: "contact", text: t4.signIn.identifierMissing }],
      ...[...password.value].length >= 8 ? [] : [{ id: "new-password", text: t4.forgot.passwordShort }]
    ], errors.value.length === 0 && (step.value = "person");
  }, making = useAction(async () => {
    let missing = (id, text) => text.trim() ? [] : [{ id, text: t4.register.nameMissing }];
    if (errors.value = isPatient ? [...missing("first", first.value), ...missing("last", last.value), ...dayFault("born", born.value, !0)] : missing("full", full.value), errors.value.length > 0) return;
    let common = { [identifier().includes("@") ? "email" : "phone"]: identifier(), password: password.value, language: language === "km" ? "KHMER" : "ENGLISH" }, sent = key.value;
    key.value = newKey(), (isPatient ? await post("/auth/register/patient", { body: { ...common, firstName: first.value.trim(), lastName: last.value.trim(), gender: gender.value, dateOfBirth: dayOf(born.value) }, key: sent }) : await post("/auth/register/family", { body: { ...common, fullName: full.value.trim() }, key: sent })).requiresVerification ? step.value = "code" : await enter();
  }), enter = async () => {
    let session = await post("/auth/browser/login", { body: { identifier: identifier(), password: password.value } });
    noteSignedIn(), location.assign(next(session.user));
  }, wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  };
  return a4(Plain, { title: step.value === "code" ? t4.register.codeTitle : t4.register.title, children: [
    a4(ErrorSummary, { errors: errors.value }),
    making.problem && a4(Refusal, { problem: making.problem }),
    step.value === "contact" && a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), goOn();
    }, children: [
      a4("fieldset", { class: "choices", children: [
        a4("legend", { class: "label", children: t4.register.whoQuestion }),
        ["patient", "family"].map((one) => a4("label", { class: "choice", children: [
          a4("input", { type: "radio", name: "role", checked: role.value === one, onChange: () => {
            role.value = one;
          } }),
          t4.register[one]
        ] }, one))
      ] }),
      a4(Text, { id: "contact", label: t4.register.contact, hint: t4.register.contactHint, value: contact.value, autocomplete: "username", most: 254, error: wrong("contact"), onText: (text) => {
        contact.value = text;
      } }),
      a4(Text, { id: "new-password", label: t4.signIn.password, hint: t4.forgot.rule, kind: "password", autocomplete: "new-password", value: password.value, most: 128, error: wrong("new-password"), onText: (text) => {
        password.value = text;
      } }),
      a4("button", { type: "submit", class: "primary", children: t4.register.next }),
      a4("p", { class: "muted small", children: t4.register.doctors })
    ] }),
    step.value === "person" && a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), making.run();
    }, children: [
      a4("h2", { children: t4.register.you }),
      isPatient ? a4($, { children: [
        a4(Text, { id: "last", label: t4.register.lastName, value: last.value, most: 100, error: wrong("last"), onText: (text) => {
          last.value = text;
        } }),
        a4(Text, { id: "first", label: t4.register.firstName, value: first.value, most: 100, error: wrong("first"), onText: (text) => {
          first.value = text;
        } }),
        a4(Choice, { label: t4.register.gender, value: gender.value, of: [["FEMALE", t4.register.female], ["MALE", t4.register.male], ["OTHER", t4.register.other]], onChoice: (one) => {
          gender.value = one;
        } }),
        a4(DayFields, { id: "born", label: t4.register.born, hint: t4.register.bornHint, value: born.value, error: wrong("born"), onDay: (day) => {
          born.value = day;
        } })
      ] }) : a4(Text, { id: "full", label: t4.register.fullName, value: full.value, most: 200, error: wrong("full"), onText: (text) => {
        full.value = text;
      } }),
      a4("button", { type: "submit", class: "primary", disabled: making.isBusy, children: t4.register.make2 }),
      a4("button", { type: "button", onClick: () => {
        errors.value = [], making.forget(), step.value = "contact";
      }, children: t4.register.back })
    ] }),
    step.value === "code" && a4(ContactCode, { contact: identifier(), password: password.value, onDone: enter }),
    a4("p", { children: a4("a", { href: "/sign-in", children: t4.forgot.back }) })
  ] });
}

// src/screens/public/ForgotPassword.tsx
function ForgotPassword() {
  let step = useSignal("ask"), [identifier, code, password] = [useSignal(""), useSignal(""), useSignal("")], errors = useSignal([]), minutes = useSignal(5), missing = (id, value, text) => (errors.value = value ? errors.value : [...errors.value, { id, text }], !value), asking = useAction(async () => {
    if (errors.value = [], missing("identifier", identifier.value.trim(), t4.signIn.identifierMissing)) return;
    let asked = await post("/auth/forgot-password", { body: { identifier: identifier.value.trim() } });
    minutes.value = Math.round(asked.expiresInSeconds / 60), step.value = "set";
  }), setting = useAction(async () => {
    errors.value = [], missing("code", code.value.trim(), t4.forgot.codeMissing), missing("new-password", password.value.length >= 8 ? password.value : "", t4.forgot.passwordShort), !(errors.value.length > 0) && (await post("/auth/reset-password", { body: { identifier: identifier.value.trim(), otp: code.value.trim(), newPassword: password.value } }), step.value = "done");
  }), wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  }, problem = asking.problem ?? setting.problem;
  return a4(Plain, { title: t4.forgot.title, children: [
    a4(ErrorSummary, { errors: errors.value }),
    problem && a4(Refusal, { problem }),
    step.value === "ask" && a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), asking.run();
    }, children: [
      a4("p", { children: t4.forgot.how }),
      a4(
        Text,
        {
          id: "identifier",
          label: t4.signIn.identifier,
          value: identifier.value,
          mode: "email",
          autocomplete: "username",
          most: 254,
          error: wrong("identifier"),
          onText: (text) => {
            identifier.value = text;
          }
        }
      ),
      a4("button", { type: "submit", class: "primary", disabled: asking.isBusy, children: t4.forgot.ask })
    ] }),
    step.value === "set" && a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), setting.run();
    }, children: [
      a4(Notice, { tone: "info", live: !0, children: t4.forgot.sent(minutes.value) }),
      a4(Text, { id: "code", label: t4.forgot.code, value: code.value, autocomplete: "one-time-code", most: 20, error: wrong("code"), onText: (text) => {
        code.value = text;
      } }),
      a4(
        Text,
        {
          id: "new-password",
          label: t4.forgot.password,
          hint: t4.forgot.rule,
          value: password.value,
          kind: "password",
          autocomplete: "new-password",
          most: 128,
          error: wrong("new-password"),
          onText: (text) => {
            password.value = text;
          }
        }
      ),
      a4("button", { type: "submit", class: "primary", disabled: setting.isBusy, children: t4.forgot.set })
    ] }),
    step.value === "done" && a4(Notice, { tone: "success", live: !0, children: t4.forgot.done }),
    a4("p", { children: a4("a", { href: "/sign-in", children: t4.forgot.back }) })
  ] });
}

// src/entry/public.tsx
function Pages() {
  return here.value.startsWith("/register") ? a4(Register, {}) : here.value.startsWith("/forgot-password") ? a4(ForgotPassword, {}) : a4(SignIn, {});
}
startRouter("/forgot-password");
Q(a4(Pages, {}), document.getElementById("app"));
