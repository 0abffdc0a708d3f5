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

// src/i18n/index.ts
var t4 = globalThis.dasTernTexts, language = document.documentElement.lang === "en" ? "en" : "km";
function speak(wanted) {
  let secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `das-tern-language=${wanted}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`, location.reload();
}
function say(text) {
  return language === "km" ? text.khmer : text.english;
}
function word(list, value) {
  return list[value] ?? value;
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
function put(path, sent) {
  return call("PUT", path, sent);
}
function patch(path, sent) {
  return call("PATCH", path, sent);
}
function remove(path, sent) {
  return call("DELETE", path, sent);
}
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
var whenSignedOut = () => {
};
function onSignedOut(act) {
  whenSignedOut = act;
}
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
  }), query2 = new URLSearchParams();
  for (let [name, value] of Object.entries(sent.query ?? {}))
    value != null && value !== "" && query2.set(name, String(value));
  let headers = { "accept-language": language, "x-das-tern-page": "1" };
  sent.body !== void 0 && (headers["content-type"] = "application/json"), sent.csv !== void 0 && (headers["content-type"] = "text/csv"), sent.key && (headers["idempotency-key"] = sent.key), sent.revision !== void 0 && (headers["if-match"] = `"${sent.revision}"`);
  let text = query2.toString();
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
var kinds = [
  "alert.opened",
  "alert.updated",
  "clinical_record.changed",
  "connection.changed",
  "dose.updated",
  "notification.created",
  "notification.read",
  "prescription.changed",
  "schedule.changed",
  "vital.recorded",
  "resync"
], connection = y3("connecting"), hearers = /* @__PURE__ */ new Set(), channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("das-tern-events") : void 0, started = !1, tries = 0;
function hear(wanted, act) {
  start();
  let waiting, hearer = (kind) => {
    kind !== "resync" && !wanted.includes(kind) || (waiting ?? (waiting = setTimeout(() => {
      waiting = void 0, act();
    }, 300)));
  };
  return hearers.add(hearer), () => {
    hearers.delete(hearer), clearTimeout(waiting);
  };
}
function tell(kind) {
  hearers.forEach((hearer) => hearer(kind));
}
function start() {
  if (started) return;
  started = !0, channel == null || channel.addEventListener("message", ({ data }) => {
    data.state && (connection.value = data.state), data.kind && kinds.includes(data.kind) && tell(data.kind);
  });
  let listenForEver = () => (open(), new Promise(() => {
  }));
  navigator.locks && channel ? (connection.value = "live", navigator.locks.request("das-tern-events", listenForEver)) : listenForEver();
}
function say2(state) {
  connection.value = state, channel == null || channel.postMessage({ state });
}
var source, isStopped = !1;
function stopListening() {
  isStopped = !0, source == null || source.close();
}
function open() {
  if (isStopped) return;
  let opened = new EventSource("/api/events");
  source = opened, opened.addEventListener("open", () => {
    say2("live"), tries > 0 && (tell("resync"), channel == null || channel.postMessage({ kind: "resync" })), tries = 0;
  });
  for (let kind of kinds)
    opened.addEventListener(kind, () => {
      tell(kind), channel == null || channel.postMessage({ kind });
    });
  opened.addEventListener("ended", () => {
    opened.close(), again();
  }), opened.addEventListener("error", () => {
    say2("lost"), tries += 1, opened.readyState === EventSource.CLOSED && again();
  });
}
async function again() {
  if (!isStopped) {
    if (tries += 1, await continueSession() === "gone") return signedOut();
    setTimeout(open, Math.min(3e4, 1e3 * 2 ** Math.min(tries, 5)));
  }
}

// src/core/load.ts
function useLoad(fetch2, deps, kinds2 = []) {
  let state = useSignal({ isLoading: !0 }), running = T2(void 0), load = T2(() => {
  });
  load.current = () => {
    var _a;
    (_a = running.current) == null || _a.abort();
    let controller = new AbortController();
    running.current = controller, state.value = { ...state.value, isLoading: !0 }, fetch2(controller.signal).then(
      (value2) => {
        controller.signal.aborted || (state.value = { value: value2, isLoading: !1 });
      },
      (error) => {
        if (controller.signal.aborted) return;
        let problem2 = error instanceof Problem ? error : new Problem(0, "fault", String(error), [], "");
        state.value = { value: problem2.isPassing ? state.value.value : void 0, problem: problem2, isLoading: !1 };
      }
    );
  }, A2(() => (state.value = { isLoading: !0 }, load.current(), () => {
    var _a;
    return (_a = running.current) == null ? void 0 : _a.abort();
  }), deps), A2(() => kinds2.length > 0 ? hear(kinds2, () => load.current()) : void 0, []);
  let { value, problem, isLoading } = state.value;
  return { value, problem, isLoading, reload: () => load.current() };
}

// src/core/router.ts
var here = y3(location.pathname + location.search), mayLeave = () => !0;
function go(address, replace = !1) {
  mayLeave() && (replace ? history.replaceState(null, "", address) : history.pushState(null, "", address), here.value = address, window.scrollTo(0, 0));
}
function setQuery(name, value) {
  let url = new URL(location.href);
  value ? url.searchParams.set(name, value) : url.searchParams.delete(name), history.replaceState(null, "", url), here.value = url.pathname + url.search;
}
function query(name) {
  return new URLSearchParams(here.value.split("?")[1] ?? "").get(name) ?? "";
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
function match(pattern) {
  let [wanted, real] = [pattern.split("/"), here.value.split("?")[0].split("/")];
  if (wanted.length !== real.length) return;
  let found = {};
  for (let [place, part] of wanted.entries())
    if (part.startsWith(":")) found[part.slice(1)] = decodeURIComponent(real[place]);
    else if (part !== real[place]) return;
  return found;
}

// src/core/idle.ts
var MARK = "das-tern-active-at";
function whenIdle(act) {
  let noted = 0, note = () => {
    let now = Date.now();
    now - noted < 1e4 || (noted = now, localStorage.setItem(MARK, String(now)));
  };
  note();
  for (let kind of ["keydown", "pointerdown", "wheel", "touchstart"]) addEventListener(kind, note, { passive: !0 });
  setInterval(() => {
    Date.now() - Number(localStorage.getItem(MARK) ?? noted) > 9e5 && act();
  }, 15e3);
}

// src/core/session.ts
var me = y3(void 0);
function homeOf(person) {
  return person.role === "DOCTOR" && person.status === "VERIFIED" ? "/clinic" : person.role === "ADMIN" && person.status === "ACTIVE" ? "/admin" : person.role === "PATIENT" && person.status === "ACTIVE" ? "/me" : person.role === "FAMILY_MEMBER" && person.status === "ACTIVE" ? "/family" : "/sign-in";
}
async function enter(prefix) {
  onSignedOut(leave);
  let person = await get("/auth/me"), home = homeOf(person);
  if (home !== prefix) {
    location.replace(home);
    return;
  }
  let own = person.language === "ENGLISH" ? "en" : "km";
  !document.cookie.includes("das-tern-language=") && own !== language && speak(own);
  for (let name of Object.keys(sessionStorage))
    name.startsWith("draft:") && !name.startsWith(`draft:${person.id}:`) && sessionStorage.removeItem(name);
  indexedDB.deleteDatabase("das-tern"), noteSignedIn(), me.value = person, whenIdle(() => {
    me.value = void 0, stopListening(), post("/auth/browser/logout").catch(() => {
    }).finally(leave);
  }), addEventListener("pageshow", (event) => {
    event.persisted && location.reload();
  });
}
var SIGNED_IN = "das-tern-signed-in", noteSignedIn = () => localStorage.setItem(SIGNED_IN, "1");
var isLeaving = !1;
function leave() {
  if (isLeaving) return;
  isLeaving = !0, me.value = void 0, localStorage.removeItem(SIGNED_IN);
  let next = location.pathname + location.search;
  location.replace(`/sign-in?next=${encodeURIComponent(next)}`);
}
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
function Skeleton({ lines = 6 }) {
  return a4("div", { class: "skeleton", children: [
    a4("p", { class: "hidden-text", role: "status", children: t4.loading }),
    Array.from({ length: lines }, (_3, line) => a4("span", {}, line))
  ] });
}
function Shown({ of, lines, children }) {
  return of.value === void 0 ? of.problem ? a4(Refusal, { problem: of.problem, retry: of.reload }) : a4(Skeleton, { lines }) : a4($, { children: [
    of.problem && a4(Refusal, { problem: of.problem, retry: of.reload }),
    children(of.value)
  ] });
}
function Empty({ children }) {
  return a4("div", { class: "empty", children });
}
function Badge({ tone, children, shape }) {
  return a4("span", { class: `badge ${tone ?? ""}`, children: [
    shape,
    children
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
function Area({ label, value, onText, hint, error, id, most }) {
  return a4(Field, { label, hint, error, id, children: (control) => a4("textarea", { ...control, value, maxLength: most, onInput: (event) => onText(event.currentTarget.value) }) });
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
function Dialog({ title, onClose, children }) {
  let box = T2(null), id = P2();
  return A2(() => {
    var _a;
    let before = document.activeElement;
    return (_a = box.current) == null || _a.showModal(), () => {
      before != null && before.isConnected && before.focus();
    };
  }, []), a4("dialog", { ref: box, "aria-labelledby": id, onCancel: (event) => {
    event.preventDefault(), onClose();
  }, children: a4("div", { class: "stack", children: [
    a4("h2", { id, children: title }),
    children
  ] }) });
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
function ReasonDialog({ title, text, label, action, onDone, onClose, danger }) {
  let reason = useSignal(""), missing = useSignal(!1), doing = useAction(async () => {
    missing.value = reason.value.trim() === "", !missing.value && await onDone(reason.value.trim());
  });
  return a4(Dialog, { title, onClose, children: [
    text && a4("p", { children: text }),
    a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), doing.run();
    }, children: [
      a4(Area, { label, value: reason.value, most: 500, error: missing.value ? t4.errors.reason : void 0, onText: (text2) => {
        reason.value = text2;
      } }),
      doing.problem && a4(Refusal, { problem: doing.problem }),
      a4("div", { class: "row", children: [
        a4("button", { type: "submit", class: danger ? "danger" : "primary", disabled: doing.isBusy, children: action }),
        a4("button", { type: "button", onClick: onClose, children: t4.cancel })
      ] })
    ] })
  ] });
}
function Tabs({ label, of, current }) {
  return a4("nav", { class: "tabs", "aria-label": label, children: of.map((tab) => a4("a", { href: tab.address, "aria-current": tab.address === current ? "page" : void 0, children: tab.text }, tab.address)) });
}

// src/kit/language.tsx
function LanguageSwitch() {
  let other = language === "km" ? "en" : "km";
  return a4("button", { type: "button", class: "plain", lang: other, onClick: () => speak(other), children: other === "km" ? "ខ្មែរ" : "English" });
}

// src/kit/frame.tsx
function Live() {
  return connection.value === "live" ? a4("span", { class: "badge success", role: "status", children: t4.live.live }) : a4("span", { class: "badge warning", role: "status", children: connection.value === "lost" ? t4.live.lost : t4.live.connecting });
}
function Frame({ home, places, title, children, live }) {
  var _a;
  let main = T2(null), address = here.value.split("?")[0], first = T2(!0);
  A2(() => {
    var _a2;
    first.current || (_a2 = main.current) == null || _a2.focus(), first.current = !1;
  }, [address]);
  let urgent = places.reduce((sum, place) => sum + (place.count ?? 0), 0);
  A2(() => {
    document.title = `${urgent > 0 ? `(${urgent}) ` : ""}${title} · Das Tern`;
  }, [title, urgent]);
  let isHere = (place) => address === place.address || place.address !== home && address.startsWith(`${place.address}/`);
  return a4($, { children: [
    a4("a", { class: "skip", href: "#main", onClick: (event) => {
      var _a2;
      event.preventDefault(), (_a2 = main.current) == null || _a2.focus();
    }, children: t4.skip }),
    a4("header", { class: "top", children: [
      a4("a", { class: "brand", href: home, children: "ដាស់តឿន" }),
      a4("nav", { "aria-label": t4.menu, children: a4("ul", { children: places.map((place) => a4("li", { children: a4("a", { href: place.address, "aria-current": isHere(place) ? "page" : void 0, children: [
        place.text,
        place.count ? a4("span", { class: "count number", children: place.count }) : null,
        place.news ? a4(Badge, { children: a4("span", { class: "number", children: place.news }) }) : null
      ] }) }, place.address)) }) }),
      a4("div", { class: "end", children: [
        live && a4(Live, {}),
        a4("span", { class: "nowrap person", children: (_a = me.value) == null ? void 0 : _a.fullName }),
        a4(LanguageSwitch, {}),
        a4("button", { type: "button", class: "small", onClick: () => {
          signOut();
        }, children: t4.signOut })
      ] })
    ] }),
    a4("main", { id: "main", tabIndex: -1, ref: main, children })
  ] });
}

// src/i18n/format.ts
var MINUTE = 6e4, OFFSET = 420 * MINUTE;
function parts(instant) {
  let local = new Date(new Date(instant).getTime() + OFFSET), two = (number2) => String(number2).padStart(2, "0");
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    time: `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`
  };
}
function today() {
  return new Date(Date.now() + OFFSET).toISOString().slice(0, 10);
}
function daysAfter(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * 60 * MINUTE).toISOString().slice(0, 10);
}
function date(of) {
  let { year, month, day } = parts(of.length === 10 ? `${of}T00:00:00+07:00` : of);
  return `${day} ${t4.months[month]} ${year}`;
}
function dateTime(instant) {
  return `${date(instant)} ${parts(instant).time}`;
}
function ago(instant, now = Date.now()) {
  let minutes = Math.floor((now - new Date(instant).getTime()) / MINUTE);
  return minutes < 1 ? t4.ago.now : minutes < 60 ? t4.ago.minutes(minutes) : minutes < 1440 ? t4.ago.hours(Math.floor(minutes / 60)) : minutes < 10080 ? t4.ago.days(Math.floor(minutes / 1440)) : date(instant);
}
function number(value, digits = 3) {
  let [whole, rest] = String(Number(value.toFixed(digits))).split("."), grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest ? `${grouped}.${rest}` : grouped;
}
function plainDigits(text) {
  return text.replace(/[០-៩]/g, (digit) => String(digit.charCodeAt(0) - 6112));
}
function readNumber(text) {
  let plain = plainDigits(text).trim();
  return plain === "" ? { is: "empty" } : plain.includes(",") ? { is: "wrong", why: "comma" } : /^\.\d/.test(plain) ? { is: "wrong", why: "zero" } : /^\d{1,6}(\.\d{1,3})?$/.test(plain) ? { is: "number", value: Number(plain) } : { is: "wrong", why: "form" };
}
var noDay = { day: "", month: "", year: "" };
function dayTyped(day) {
  let [year, month, number2] = (day ?? "").split("-");
  return year && month && number2 ? { day: String(Number(number2)), month: String(Number(month)), year } : noDay;
}
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
function SecondFactor() {
  let state = useLoad((signal) => get("/auth/mfa", { signal }), []), step = useSignal("see"), recovery = useSignal(void 0), seen = () => {
    recovery.value = void 0, step.value = "see", state.reload();
  };
  return a4("section", { class: "card stack", "aria-labelledby": "factor", children: [
    a4("h2", { id: "factor", children: t4.factor.title }),
    recovery.value && a4(Recovery, { codes: recovery.value, onDone: seen }),
    step.value === "set-up" && a4(SettingUp, { onDone: seen }),
    step.value === "show" && a4(Asking, { asks: ["code"], action: t4.factor.show, onSend: async (typed) => {
      await post("/auth/mfa/show", { body: { code: typed.code } }), seen();
    } }),
    step.value === "renew" && !recovery.value && a4(Asking, { asks: ["code"], action: t4.factor.renew, onSend: async ({ code }) => {
      recovery.value = (await post("/auth/mfa/recovery-codes", { body: { code } })).recoveryCodes;
    } }),
    step.value === "remove" && a4(Asking, { asks: ["password", "code"], action: t4.factor.remove, danger: !0, onSend: async (body) => {
      await remove("/auth/mfa/totp", { body }), seen();
    } }),
    step.value === "see" && a4(Shown, { of: state, children: (own) => own.onSince ? a4("div", { class: "stack", children: [
      a4("p", { children: t4.factor.on(dateTime(own.onSince), own.recoveryCodesLeft) }),
      own.freshUntil && a4("p", { children: t4.factor.fresh(dateTime(own.freshUntil)) }),
      a4("div", { class: "row", children: [
        !own.freshUntil && a4("button", { type: "button", onClick: () => {
          step.value = "show";
        }, children: t4.factor.show }),
        a4("button", { type: "button", onClick: () => {
          step.value = "renew";
        }, children: t4.factor.renew }),
        a4("button", { type: "button", class: "danger", onClick: () => {
          step.value = "remove";
        }, children: t4.factor.remove })
      ] })
    ] }) : a4("div", { class: "stack", children: [
      a4("p", { children: t4.factor.off }),
      a4("div", { class: "row", children: a4("button", { type: "button", onClick: () => {
        step.value = "set-up";
      }, children: t4.factor.setUp }) })
    ] }) })
  ] });
}

// src/screens/account.tsx
function Account() {
  let person = me.value;
  return person ? a4("div", { class: "stack", children: [
    a4("h1", { children: t4.account.title }),
    a4("section", { class: "card stack tight", "aria-labelledby": "who", children: [
      a4("h2", { id: "who", children: person.fullName }),
      a4("dl", { class: "facts", children: [
        a4("dt", { children: t4.account.role }),
        a4("dd", { children: word(t4.role, person.role) }),
        person.email && [a4("dt", { children: t4.account.email }, "t"), a4("dd", { lang: "en", children: person.email }, "d")],
        person.phone && [a4("dt", { children: t4.account.phone }, "t"), a4("dd", { class: "number", children: person.phone }, "d")],
        person.licenseNumber && [a4("dt", { children: t4.people.licence }, "t"), a4("dd", { lang: "en", children: person.licenseNumber }, "d")],
        person.hospitalClinic && [a4("dt", { children: t4.people.clinic }, "t"), a4("dd", { children: person.hospitalClinic }, "d")]
      ] })
    ] }),
    a4("div", { class: "columns", children: [
      a4(Password, {}),
      a4(SecondFactor, {}),
      a4(Sessions, {})
    ] })
  ] }) : null;
}
function Password() {
  let [current, next] = [useSignal(""), useSignal("")], errors = useSignal([]), done = useSignal(!1), saving = useAction(async () => {
    done.value = !1, errors.value = [
      current.value ? void 0 : { id: "current", text: t4.signIn.passwordMissing },
      next.value.length >= 8 ? void 0 : { id: "next", text: t4.forgot.passwordShort }
    ].filter((error) => error !== void 0), !(errors.value.length > 0) && (await post("/auth/password", { body: { currentPassword: current.value, newPassword: next.value }, key: newKey() }), current.value = "", next.value = "", done.value = !0);
  }), wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  };
  return a4("form", { class: "card stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), saving.run();
  }, children: [
    a4("h2", { children: t4.account.password }),
    a4(ErrorSummary, { errors: errors.value }),
    saving.problem && a4(Refusal, { problem: saving.problem }),
    done.value && a4(Notice, { tone: "success", live: !0, children: t4.account.changed }),
    a4(Text, { id: "current", label: t4.account.current, kind: "password", autocomplete: "current-password", value: current.value, error: wrong("current"), most: 1024, onText: (text) => {
      current.value = text;
    } }),
    a4(Text, { id: "next", label: t4.forgot.password, hint: t4.forgot.rule, kind: "password", autocomplete: "new-password", value: next.value, error: wrong("next"), most: 128, onText: (text) => {
      next.value = text;
    } }),
    a4("div", { class: "row", children: a4("button", { type: "submit", disabled: saving.isBusy, children: t4.account.change }) })
  ] });
}
function Sessions() {
  let sessions = useLoad((signal) => get("/auth/sessions", { signal }), []), ending = useAction(async (id) => {
    await remove("/auth/sessions/{id}", { path: { id } }), sessions.reload();
  });
  return a4("section", { class: "card stack tight", "aria-labelledby": "sessions", children: [
    a4("h2", { id: "sessions", children: t4.account.sessions }),
    ending.problem && a4(Refusal, { problem: ending.problem }),
    a4(Shown, { of: sessions, children: ({ items }) => a4("ul", { class: "list", children: items.map((one) => a4("li", { class: "row between", children: [
      a4("div", { class: "grow", children: [
        a4("p", { class: "small", lang: "en", children: one.device ?? t4.account.unknownDevice }),
        a4("p", { class: "muted small", title: dateTime(one.lastUsedAt), children: [
          a4("span", { class: "number", children: one.ip }),
          " · ",
          ago(one.lastUsedAt)
        ] })
      ] }),
      one.current ? a4(Badge, { tone: "success", children: t4.account.thisOne }) : a4("button", { type: "button", class: "small danger", disabled: ending.isBusy, onClick: () => {
        ending.run(one.id);
      }, children: t4.signOut })
    ] }, one.id)) }) })
  ] });
}

// src/kit/pages.tsx
var STEP = 30, MOST = 100;
function usePages() {
  let size = useSignal(STEP);
  return { size: size.value, grow: () => {
    size.value = Math.min(MOST, size.value + STEP);
  } };
}
function More({ pages, shown, more }) {
  return a4("div", { class: "row", children: [
    a4("span", { class: "muted small number", role: "status", children: t4.shown(shown) }),
    more && pages.size < MOST && a4("button", { type: "button", class: "small", onClick: pages.grow, children: t4.more }),
    more && pages.size >= MOST && a4("span", { class: "muted small", children: t4.narrow })
  ] });
}

// src/screens/Messages.tsx
function Messages({ prefix }) {
  let unreadOnly = query("which") !== "all", base = `${prefix}/messages`, pages = usePages(), messages = useLoad((signal) => get("/notifications", { query: { unreadOnly: unreadOnly || void 0, limit: pages.size }, signal }), [unreadOnly, pages.size], ["notification.created", "notification.read"]), reading = useAction(async () => {
    await post("/notifications/read-all"), messages.reload();
  });
  return a4("div", { class: "stack", children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: t4.messages.title }),
      unreadOnly && messages.value && messages.value.items.length > 0 && a4("button", { type: "button", disabled: reading.isBusy, onClick: () => {
        reading.run();
      }, children: t4.messages.readAll })
    ] }),
    a4(Tabs, { label: t4.messages.title, current: unreadOnly ? base : `${base}?which=all`, of: [{ address: base, text: t4.messages.unread }, { address: `${base}?which=all`, text: t4.messages.all }] }),
    reading.problem && a4(Refusal, { problem: reading.problem }),
    a4(Shown, { of: messages, children: ({ items, nextCursor }) => a4($, { children: [
      items.length === 0 ? a4(Empty, { children: unreadOnly ? t4.messages.none : t4.messages.noneYet }) : a4("ul", { class: "stack tight", children: items.map((one) => a4("li", { children: a4(MessageCard, { message: one, prefix, onChange: messages.reload }) }, one.id)) }),
      a4(More, { pages, shown: items.length, more: !!nextCursor })
    ] }) })
  ] });
}
function MessageCard({ message, prefix, onChange }) {
  let reading = useAction(async () => {
    await post("/notifications/{id}/read", { path: { id: message.id } }), onChange();
  }), grave = message.urgency === "CRITICAL" ? "CRITICAL" : message.urgency === "WARNING" ? "HIGH" : "", where = placeOf(message, prefix);
  return a4("article", { class: `alert-card ${grave}`, children: [
    a4("div", { class: "row between", children: [
      a4("b", { children: say({ english: message.english.title, khmer: message.khmer.title }) }),
      !message.isRead && a4(Badge, { tone: grave === "CRITICAL" ? "critical" : grave ? "warning" : "info", children: t4.messages.isNew })
    ] }),
    a4("p", { children: say({ english: message.english.body, khmer: message.khmer.body }) }),
    a4("div", { class: "row between", children: [
      a4("span", { class: "muted small", title: dateTime(message.createdAt), children: ago(message.createdAt) }),
      a4("div", { class: "row", children: [
        where && a4("a", { class: "button small", href: where, children: [
          t4.open,
          a4("span", { class: "hidden-text", children: [
            " ",
            message.title
          ] })
        ] }),
        !message.isRead && a4("button", { type: "button", class: "small", disabled: reading.isBusy, onClick: () => {
          reading.run();
        }, children: [
          t4.today.seen,
          a4("span", { class: "hidden-text", children: [
            " ",
            message.title
          ] })
        ] })
      ] })
    ] }),
    reading.problem && a4(Refusal, { problem: reading.problem })
  ] });
}
function placeOf({ resourceType, resourceId, patientId }, prefix) {
  let patient = patientId && `${prefix === "/admin" ? "/admin/people" : "/clinic/patients"}/${patientId}`;
  if (prefix === "/admin")
    return resourceType === "user" && resourceId ? `/admin/people/${resourceId}` : resourceType === "queue" || resourceType === "job" ? "/admin/jobs" : resourceType === "safety_rule" && resourceId ? `/admin/safety?search=${encodeURIComponent(resourceId)}` : patient || void 0;
  if (prefix === "/family") return patientId ? `/family/care/${patientId}` : "/family";
  if (prefix === "/me") return { prescription: "/me/medicines", connection: "/me/people", dose: "/me", note: "/me/notes", alert: "/me/health", vital: "/me/health", record: "/me/people/looked", payment: "/plan", subscription: "/plan" }[resourceType ?? ""];
  if (resourceType === "prescription" && resourceId) return `/clinic/prescriptions/${resourceId}`;
  if (resourceType === "connection") return "/clinic/connections";
  let tab = { dose: "adherence", alert: "vitals", vital: "vitals", record: "record" }[resourceType ?? ""];
  return patient ? tab ? `${patient}/${tab}` : patient : void 0;
}

// src/screens/admin/Audit.tsx
var isId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
function Audit() {
  let [actor, patient, action, outcome] = [query("actor"), query("patient"), query("action"), query("outcome")], pages = usePages(), wrong = (id) => id && !isId.test(id) ? t4.audit.notAnId : void 0, records = useLoad((signal) => get("/audit/all", {
    query: {
      actorId: isId.test(actor) ? actor : void 0,
      patientId: isId.test(patient) ? patient : void 0,
      action: action || void 0,
      outcome: outcome || void 0,
      limit: pages.size
    },
    signal
  }), [actor, patient, action, outcome, pages.size]);
  return a4("div", { class: "stack", children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: t4.audit.title }),
      a4(Verify, {})
    ] }),
    a4("div", { class: "fields", children: [
      a4(Text, { label: t4.audit.actor, value: actor, most: 36, error: wrong(actor), onText: (text) => setQuery("actor", text.trim()) }),
      a4(Text, { label: t4.audit.patient, value: patient, most: 36, error: wrong(patient), onText: (text) => setQuery("patient", text.trim()) }),
      a4(Text, { label: t4.audit.action, value: action, most: 60, onText: (text) => setQuery("action", text.trim()) }),
      a4(Choice, { label: t4.audit.outcome, value: outcome, of: [["", t4.people.all], ...Object.entries(t4.auditOutcome)], onChoice: (value) => setQuery("outcome", value) })
    ] }),
    a4(Shown, { of: records, children: ({ items, nextCursor }) => items.length === 0 ? a4(Empty, { children: t4.audit.none }) : a4($, { children: [
      a4("table", { class: "cards", children: [
        a4("caption", { class: "hidden-text", children: t4.audit.title }),
        a4("thead", { children: a4("tr", { children: [
          a4("th", { children: t4.audit.when }),
          a4("th", { children: t4.audit.who }),
          a4("th", { children: t4.audit.what }),
          a4("th", { children: t4.audit.outcome }),
          a4("th", { children: t4.audit.where })
        ] }) }),
        a4("tbody", { children: items.map((one) => a4("tr", { children: [
          a4("td", { class: "nowrap", "data-label": t4.audit.when, children: dateTime(one.at) }),
          a4("td", { "data-label": t4.audit.who, children: one.actorId ? a4("a", { href: `/admin/people/${one.actorId}`, children: one.actorName ?? one.actorId.slice(-8) }) : one.actorName ?? word(t4.role, one.actorRole) }),
          a4("td", { "data-label": t4.audit.what, children: [
            say(one.actionText),
            " ",
            a4("span", { class: "muted small", lang: "en", children: one.action }),
            one.change && a4("p", { class: "small", lang: "en", children: one.change }),
            (one.reason ?? one.why) && a4("p", { class: "small", children: [
              t4.reason,
              ": ",
              one.reason ?? one.why
            ] }),
            one.patientId && a4("p", { class: "small", children: a4("a", { href: `/admin/people/${one.patientId}`, children: [
              t4.audit.aboutPatient,
              " ",
              a4("span", { lang: "en", children: [
                "…",
                one.patientId.slice(-6)
              ] })
            ] }) })
          ] }),
          a4("td", { "data-label": t4.audit.outcome, children: a4(Badge, { tone: one.outcome === "DONE" ? "success" : "warning", children: word(t4.auditOutcome, one.outcome) }) }),
          a4("td", { class: "number", "data-label": t4.audit.where, children: one.ip ?? "–" })
        ] }, one.id)) })
      ] }),
      a4(More, { pages, shown: items.length, more: !!nextCursor })
    ] }) })
  ] });
}
function Verify() {
  let result = useSignal(void 0), verifying = useAction(async () => {
    result.value = void 0, result.value = await get("/audit/verify");
  });
  return a4("div", { class: "row", children: [
    verifying.problem && a4(Refusal, { problem: verifying.problem }),
    result.value && (result.value.valid ? a4(Notice, { tone: "success", live: !0, children: t4.audit.whole(number(result.value.records, 0)) }) : a4(Notice, { tone: "danger", live: !0, children: [
      t4.audit.broken,
      ": ",
      result.value.fault
    ] })),
    a4("button", { type: "button", disabled: verifying.isBusy, onClick: () => {
      verifying.run();
    }, children: verifying.isBusy ? t4.audit.verifying : t4.audit.verify })
  ] });
}

// src/screens/admin/Health.tsx
var mebibytes = (bytes) => `${number(bytes / 1024 / 1024, 1)} MiB`, isWell = (part) => part.state === "ALIVE" || part.state === "ENDED";
function Health() {
  let status = useLoad((signal) => get("/admin/status", { signal }), []);
  return a4("div", { class: "stack", children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: t4.health.title }),
      a4("button", { type: "button", onClick: status.reload, children: t4.health.again })
    ] }),
    a4(Shown, { of: status, children: (value) => a4(Lines, { value, onChange: status.reload }) })
  ] });
}
function Lines({ value, onChange }) {
  let asking = useSignal(void 0), dead = value.jobs.filter((one) => one.state === "DEAD").reduce((sum, one) => sum + one.count, 0), faults = [
    ...value.damaged.map((one) => `${one.what}: ${one.why}`),
    ...value.dataFile.damage,
    ...value.storeWritable ? [] : [t4.health.notWritable],
    ...value.clock.believed ? [] : [t4.health.clockDoubted],
    ...value.parts.filter((part) => !isWell(part)).map((part) => `${part.name}: ${word(t4.partState, part.state)} ${part.why ?? ""}`)
  ];
  return a4($, { children: [
    faults.length === 0 ? a4(Notice, { tone: "success", children: t4.health.fine }) : a4(Notice, { tone: "danger", children: a4("ul", { children: faults.map((fault) => a4("li", { children: fault }, fault)) }) }),
    (!value.clock.believed || value.damaged.length > 0) && a4("div", { class: "row", children: [
      !value.clock.believed && a4("button", { type: "button", onClick: () => {
        asking.value = "clock";
      }, children: t4.health.confirmClock }),
      value.damaged.length > 0 && a4("button", { type: "button", onClick: () => {
        asking.value = "losses";
      }, children: t4.health.acknowledge })
    ] }),
    asking.value === "clock" && a4(
      ReasonDialog,
      {
        title: t4.health.confirmClock,
        text: t4.health.confirmClockText(dateTime(value.clock.shows)),
        label: t4.health.howChecked,
        action: t4.health.confirmClock,
        onClose: () => {
          asking.value = void 0;
        },
        onDone: async (reason) => {
          await post("/admin/clock/confirm", { body: { reason }, key: newKey() }), asking.value = void 0, onChange();
        }
      }
    ),
    asking.value === "losses" && a4(
      ReasonDialog,
      {
        title: t4.health.acknowledge,
        text: t4.health.acknowledgeText,
        label: t4.health.decided,
        action: t4.health.acknowledge,
        danger: !0,
        onClose: () => {
          asking.value = void 0;
        },
        onDone: async (reason) => {
          await post("/admin/damage/acknowledge", { body: { reason }, key: newKey() }), asking.value = void 0, onChange();
        }
      }
    ),
    a4("div", { class: "columns", children: [
      a4(Box, { title: t4.health.server, children: [
        a4("dt", { children: t4.health.version }),
        a4("dd", { lang: "en", children: value.version }),
        a4("dt", { children: t4.health.clock }),
        a4("dd", { children: [
          dateTime(value.clock.shows),
          " ",
          !value.clock.believed && a4(Badge, { tone: "danger", children: t4.health.clockDoubted })
        ] }),
        value.memoryBytes && [a4("dt", { children: t4.health.memory }, "t"), a4("dd", { class: "number", children: mebibytes(value.memoryBytes) }, "d")]
      ] }),
      a4(Box, { title: t4.health.data, children: [
        a4("dt", { children: t4.health.writable }),
        a4("dd", { children: value.storeWritable ? t4.yes : a4(Badge, { tone: "danger", children: t4.no }) }),
        value.dataFile.bytes && [a4("dt", { children: t4.health.size }, "t"), a4("dd", { class: "number", children: [
          mebibytes(value.dataFile.bytes),
          value.dataFile.worthCompacting && a4("p", { class: "muted small", children: t4.health.compact })
        ] }, "d")],
        a4("dt", { children: t4.health.writes }),
        a4("dd", { class: "number", children: number(value.writes, 0) })
      ] }),
      a4(Box, { title: t4.health.channels, children: Object.entries(value.channels).map(([name, channel2]) => channel2 && [
        a4("dt", { children: word(t4.channel, name) }, `${name}-name`),
        a4("dd", { children: [
          a4(Badge, { tone: channel2.state === "CONFIGURED" ? "success" : channel2.state === "FAILING" ? "danger" : void 0, children: word(t4.channelState, channel2.state) }),
          channel2.failingSince && a4("p", { class: "small", children: [
            t4.health.since,
            " ",
            dateTime(channel2.failingSince)
          ] }),
          channel2.lastError && a4("p", { class: "small", lang: "en", children: channel2.lastError }),
          channel2.waitingJobs > 0 && a4("p", { class: "small", children: t4.health.waiting(channel2.waitingJobs) })
        ] }, name)
      ]) }),
      a4(Box, { title: t4.jobs.title, children: [
        a4("dt", { children: t4.jobState.DEAD }),
        a4("dd", { children: dead === 0 ? a4(Badge, { tone: "success", children: t4.jobs.noneDead }) : a4("a", { href: "/admin/jobs?state=DEAD", children: a4(Badge, { tone: "danger", children: number(dead, 0) }) }) })
      ] }),
      a4(Box, { title: t4.health.parts, children: value.parts.map((part) => [
        a4("dt", { lang: "en", children: part.name }, `${part.name}-name`),
        a4("dd", { children: [
          a4(Badge, { tone: isWell(part) ? "success" : "danger", children: word(t4.partState, part.state) }),
          part.restarts > 0 && a4("span", { class: "small", children: [
            " ",
            t4.health.restarts(part.restarts)
          ] })
        ] }, part.name)
      ]) })
    ] })
  ] });
}
function Box({ title, children }) {
  return a4("section", { class: "card stack tight", "aria-label": title, children: [
    a4("h2", { children: title }),
    a4("dl", { class: "facts", children })
  ] });
}

// src/screens/admin/Jobs.tsx
function Jobs() {
  let state = query("state") || "DEAD", pages = usePages(), queues = useLoad((signal) => get("/admin/queues", { signal }), []), jobs = useLoad((signal) => get("/admin/jobs", { query: { state, limit: pages.size }, signal }), [state, pages.size]), showsSchedules = useSignal(!1), states = ["DEAD", "WAITING", "RUNNING"], reload = () => {
    queues.reload(), jobs.reload();
  };
  return a4("div", { class: "stack", children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: t4.jobs.title }),
      a4("button", { type: "button", onClick: reload, children: t4.health.again })
    ] }),
    a4("section", { class: "card stack tight", "aria-labelledby": "queues", children: [
      a4("h2", { id: "queues", children: t4.jobs.queues }),
      a4(Shown, { of: queues, children: ({ items }) => a4("table", { class: "cards", children: [
        a4("caption", { class: "hidden-text", children: t4.jobs.queues }),
        a4("thead", { children: a4("tr", { children: [
          a4("th", { children: t4.jobs.queue }),
          a4("th", { children: t4.jobState.WAITING }),
          a4("th", { children: t4.jobState.RUNNING }),
          a4("th", { children: t4.jobState.DEAD }),
          a4("th", { children: t4.jobs.oldest }),
          a4("th", { children: a4("span", { class: "hidden-text", children: t4.jobs.actions }) })
        ] }) }),
        a4("tbody", { children: items.map((one) => a4(Queue, { queue: one, onChange: queues.reload }, one.name)) })
      ] }) })
    ] }),
    a4(Tabs, { label: t4.jobs.title, current: `/admin/jobs?state=${state}`, of: states.map((one) => ({ address: `/admin/jobs?state=${one}`, text: t4.jobState[one] })) }),
    a4(Shown, { of: jobs, children: ({ items, nextCursor }) => a4($, { children: [
      items.length === 0 ? a4(Empty, { children: state === "DEAD" ? t4.jobs.noneDead : t4.jobs.none }) : a4("ul", { class: "stack tight", children: items.map((one) => a4("li", { children: a4(Job, { job: one, onChange: reload }) }, one.id)) }),
      a4(More, { pages, shown: items.length, more: !!nextCursor })
    ] }) }),
    a4("details", { onToggle: (event) => {
      showsSchedules.value = event.currentTarget.open;
    }, children: [
      a4("summary", { children: t4.jobs.schedules }),
      showsSchedules.value && a4(Schedules, {})
    ] })
  ] });
}
function Schedules() {
  let all = useLoad((signal) => get("/admin/schedules", { signal }), []);
  return a4(Shown, { of: all, children: ({ items }) => a4("table", { class: "cards", children: [
    a4("caption", { class: "hidden-text", children: t4.jobs.schedules }),
    a4("thead", { children: a4("tr", { children: [
      a4("th", { children: t4.jobs.task }),
      a4("th", { children: t4.jobs.every }),
      a4("th", { children: t4.jobs.lastRun }),
      a4("th", { children: t4.jobs.nextRun })
    ] }) }),
    a4("tbody", { children: items.map((one) => a4("tr", { children: [
      a4("th", { scope: "row", lang: "en", children: one.name }),
      a4("td", { class: "number", "data-label": t4.jobs.every, children: t4.interval(one.everySeconds) }),
      a4("td", { class: "nowrap", "data-label": t4.jobs.lastRun, children: one.lastRunAt ? dateTime(one.lastRunAt) : "–" }),
      a4("td", { class: "nowrap", "data-label": t4.jobs.nextRun, children: dateTime(one.nextRunAt) })
    ] }, one.name)) })
  ] }) });
}
function Queue({ queue, onChange }) {
  let changing = useAction(async () => {
    let path = { name: queue.name };
    queue.paused ? await post("/admin/queues/{name}/resume", { path, key: newKey() }) : await post("/admin/queues/{name}/pause", { path, key: newKey() }), onChange();
  });
  return a4("tr", { children: [
    a4("th", { scope: "row", children: [
      a4("span", { lang: "en", children: queue.name }),
      " ",
      queue.paused && a4(Badge, { tone: "warning", children: t4.jobs.paused })
    ] }),
    a4("td", { class: "number", "data-label": t4.jobState.WAITING, children: number(queue.waiting, 0) }),
    a4("td", { class: "number", "data-label": t4.jobState.RUNNING, children: number(queue.running, 0) }),
    a4("td", { class: "number", "data-label": t4.jobState.DEAD, children: queue.dead > 0 ? a4(Badge, { tone: "danger", children: number(queue.dead, 0) }) : 0 }),
    a4("td", { class: "number", "data-label": t4.jobs.oldest, children: queue.oldestSeconds === null || queue.oldestSeconds === void 0 ? "–" : t4.seconds(queue.oldestSeconds) }),
    a4("td", { children: [
      a4("button", { type: "button", class: "small", disabled: changing.isBusy, onClick: () => {
        changing.run();
      }, children: [
        queue.paused ? t4.jobs.resume : t4.jobs.pause,
        a4("span", { class: "hidden-text", children: [
          " ",
          queue.name
        ] })
      ] }),
      changing.problem && a4(Refusal, { problem: changing.problem })
    ] })
  ] });
}
function Job({ job, onChange }) {
  let discarding = useSignal(!1), path = { id: job.id }, retrying = useAction(async () => {
    await post("/admin/jobs/{id}/retry", { path, key: newKey() }), onChange();
  });
  return a4("article", { class: `alert-card ${job.state === "DEAD" ? "CRITICAL" : ""}`, children: [
    a4("div", { class: "row between", children: [
      a4("b", { lang: "en", children: [
        job.queue,
        ": ",
        job.name
      ] }),
      a4(Badge, { children: word(t4.jobState, job.state) })
    ] }),
    job.lastError && a4("p", { lang: "en", children: job.lastError }),
    a4("p", { class: "muted small", children: [
      t4.jobs.attempts(job.attempts, job.maxAttempts),
      " · ",
      t4.jobs.made,
      " ",
      dateTime(job.createdAt),
      " · ",
      t4.jobs.due,
      " ",
      dateTime(job.dueAt)
    ] }),
    a4("details", { children: [
      a4("summary", { children: t4.jobs.content }),
      a4("pre", { lang: "en", children: JSON.stringify(job.payload, null, 2) })
    ] }),
    job.state === "DEAD" && a4("div", { class: "row", children: [
      a4("button", { type: "button", class: "small", disabled: retrying.isBusy, onClick: () => {
        retrying.run();
      }, children: t4.jobs.retry }),
      a4("button", { type: "button", class: "small danger", onClick: () => {
        discarding.value = !0;
      }, children: t4.jobs.discard })
    ] }),
    retrying.problem && a4(Refusal, { problem: retrying.problem }),
    discarding.value && a4(
      ReasonDialog,
      {
        title: t4.jobs.discard,
        text: t4.jobs.discardText,
        label: t4.reason,
        action: t4.jobs.discard,
        danger: !0,
        onClose: () => {
          discarding.value = !1;
        },
        onDone: async (reason) => {
          await post("/admin/jobs/{id}/discard", { path, body: { reason }, key: newKey() }), discarding.value = !1, onChange();
        }
      }
    )
  ] });
}

// src/clinical/index.tsx
function DrugName({ name, khmer, brand }) {
  return a4("span", { children: [
    language === "km" && khmer && khmer !== name && a4("span", { class: "drug", children: [
      khmer,
      " "
    ] }),
    a4("span", { class: "drug", lang: "en", children: name }),
    brand && a4("span", { class: "brand-name", lang: "en", children: [
      " ",
      brand.toUpperCase()
    ] })
  ] });
}
var shapes = {
  CRITICAL: a4("svg", { viewBox: "0 0 12 12", "aria-hidden": "true", children: a4("rect", { width: "12", height: "12" }) }),
  HIGH: a4("svg", { viewBox: "0 0 12 12", "aria-hidden": "true", children: a4("path", { d: "M6 0l6 12H0z" }) }),
  MEDIUM: a4("svg", { viewBox: "0 0 12 12", "aria-hidden": "true", children: a4("path", { d: "M6 0l6 6-6 6-6-6z" }) }),
  LOW: a4("svg", { viewBox: "0 0 12 12", "aria-hidden": "true", children: a4("circle", { cx: "6", cy: "6", r: "6" }) })
};
var allConditions = Object.keys({
  ASTHMA: 1,
  ASPIRIN_SENSITIVE_ASTHMA: 1,
  ACUTE_SEVERE_ASTHMA: 1,
  RESPIRATORY_FAILURE: 1,
  ACTIVE_PEPTIC_ULCER: 1,
  GUT_BLEEDING: 1,
  HEART_FAILURE: 1,
  HEART_FAILURE_REDUCED_EJECTION: 1,
  ISCHAEMIC_HEART_DISEASE: 1,
  STROKE: 1,
  PERIPHERAL_ARTERY_DISEASE: 1,
  HYPERTENSION: 1,
  UNCONTROLLED_HYPERTENSION: 1,
  HEART_BLOCK: 1,
  LONG_QT_SYNDROME: 1,
  MECHANICAL_HEART_VALVE: 1,
  VENOUS_THROMBOSIS: 1,
  ARTERIAL_THROMBOSIS: 1,
  BREAST_CANCER: 1,
  EPILEPSY: 1,
  PSYCHOSIS: 1,
  PARKINSON_DISEASE: 1,
  MYASTHENIA_GRAVIS: 1,
  MIGRAINE_WITH_AURA: 1,
  ANGLE_CLOSURE_GLAUCOMA: 1,
  OPTIC_NEURITIS: 1,
  CANNOT_REPORT_VISION: 1,
  URINARY_RETENTION: 1,
  ACUTE_PORPHYRIA: 1,
  LIVER_DISEASE: 1,
  SEVERE_LIVER_DISEASE: 1,
  ACUTE_LIVER_FAILURE: 1,
  DECOMPENSATED_CIRRHOSIS: 1,
  ACTIVE_LIVER_DISEASE: 1,
  ALCOHOL_USE: 1,
  HEAVY_ALCOHOL_USE: 1,
  UREA_CYCLE_DISORDER: 1,
  DENGUE: 1,
  TYPE_1_DIABETES: 1,
  TYPE_2_DIABETES: 1,
  KETOACIDOSIS: 1,
  GOUT: 1,
  ACUTE_GOUT: 1,
  SEVERE_HYPERTENSION: 1,
  PACEMAKER: 1,
  DEPRESSION: 1,
  TREMOR: 1,
  RESTLESS_LEGS: 1,
  PROSTATIC_ENLARGEMENT_WITH_RETENTION: 1,
  TUBERCULOSIS: 1,
  NEWBORN_JAUNDICE: 1,
  PRETERM: 1,
  OTHER: 1
});

// src/screens/admin/Medicine.tsx
var texts = [
  "khmerName",
  "frenchName",
  "atcCode",
  "therapeuticClass",
  "description",
  "usualDose",
  "usualPieces",
  "maxSingleDose",
  "maxDailyDose",
  "doseSource",
  "pregnancyNote",
  "renalNote",
  "noteSource",
  "provenance"
], lists = ["brandNames", "synonyms"], written = (one) => Object.fromEntries([...texts.map((name) => [name, (one == null ? void 0 : one[name]) ?? ""]), ...lists.map((name) => [name, (one == null ? void 0 : one[name].join("; ")) ?? ""])]), listed = (text) => text.split(";").map((one) => one.trim()).filter(Boolean);
function Medicine({ id }) {
  let one = useLoad((signal) => get("/medicines/{id}", { path: { id }, signal }), [id]);
  return a4("div", { class: "stack", children: [
    a4("p", { children: a4("a", { href: "/admin/medicines", children: [
      "← ",
      t4.medicines.title
    ] }) }),
    a4(Shown, { of: one, children: (value) => a4(Entry, { value, onChange: one.reload }, value.updatedAt) })
  ] });
}
function Entry({ value, onChange }) {
  var _a;
  let now = useSignal(written(value)), why = useSignal(""), errors = useSignal([]), before = written(value), changed = [...texts, ...lists].filter((name) => now.value[name].trim() !== before[name]), saving = useAction(async () => {
    let body = {};
    for (let name of texts) changed.includes(name) && (body[name] = now.value[name].trim());
    for (let name of lists) changed.includes(name) && (body[name] = listed(now.value[name]));
    await patch("/medicines/{id}", { path: { id: value.id }, body, key: newKey() }), onChange();
  }), switching = useAction(async () => {
    errors.value = value.active && !why.value.trim() ? [{ id: "withdrawn", text: t4.errors.reason }] : [], !(errors.value.length > 0) && (await patch("/medicines/{id}", { path: { id: value.id }, body: value.active ? { active: !1, withdrawn: why.value.trim() } : { active: !0, withdrawn: "" }, key: newKey() }), onChange());
  }), facts = [
    [t4.medicines.generic, value.genericName],
    [t4.medicines.strength, value.strength],
    [t4.medicines.form, value.form],
    [t4.medicines.route, value.route],
    [t4.medicines.release, value.release],
    [t4.medicines.unit, value.unit],
    ["VEN", value.ven],
    [t4.medicines.levels, value.levelsOfCare.join(", ")]
  ];
  return a4("div", { class: "stack", children: [
    a4("h1", { class: "row", children: [
      a4(DrugName, { name: value.displayName, khmer: value.displayNameKhmer }),
      " ",
      a4(Badge, { tone: value.active ? "success" : "danger", children: value.active ? t4.medicines.active : t4.medicines.withdrawn })
    ] }),
    value.withdrawn && a4(Notice, { tone: "warning", children: value.withdrawn }),
    a4("div", { class: "split", children: [
      a4("form", { class: "card stack", noValidate: !0, onSubmit: (event) => {
        event.preventDefault(), saving.run();
      }, children: [
        a4("h2", { children: t4.medicines.entry }),
        a4("p", { class: "muted small", children: t4.medicines.ownText }),
        a4(Fields, { now: now.value, onChange: (next) => {
          now.value = next;
        } }),
        saving.problem && a4(Refusal, { problem: saving.problem }),
        a4("div", { class: "row", children: [
          a4("button", { type: "submit", class: "primary", disabled: saving.isBusy || changed.length === 0, children: t4.save }),
          a4("span", { class: "muted small", role: "status", children: changed.length > 0 ? t4.medicines.changed(changed.map((name) => t4.medicines.field[name]).join(", ")) : t4.medicines.unchanged })
        ] })
      ] }),
      a4("div", { class: "stack", children: [
        a4("section", { class: "card stack tight", "aria-labelledby": "fixed", children: [
          a4("h2", { id: "fixed", children: t4.medicines.fixed }),
          a4("dl", { class: "facts", lang: "en", children: facts.filter(([, text]) => text).map(([name, text]) => [a4("dt", { children: name }, `${name}-name`), a4("dd", { children: text }, name)]) }),
          a4("p", { class: "small muted", children: [
            word(t4.catalogueOrigin, value.origin),
            " · ",
            dateTime(value.updatedAt)
          ] })
        ] }),
        a4("section", { class: "card stack", "aria-labelledby": "switch", children: [
          a4("h2", { id: "switch", children: value.active ? t4.medicines.withdraw : t4.medicines.restore }),
          a4("p", { class: "muted", children: value.active ? t4.medicines.withdrawText : t4.medicines.restoreText }),
          a4(ErrorSummary, { errors: errors.value }),
          value.active && a4(Text, { id: "withdrawn", label: t4.medicines.why, most: 500, value: why.value, error: (_a = errors.value[0]) == null ? void 0 : _a.text, onText: (text) => {
            why.value = text;
          } }),
          switching.problem && a4(Refusal, { problem: switching.problem }),
          a4("div", { class: "row", children: a4("button", { type: "button", class: value.active ? "danger" : "", disabled: switching.isBusy, onClick: () => {
            switching.run();
          }, children: value.active ? t4.medicines.withdraw : t4.medicines.restore }) })
        ] })
      ] })
    ] })
  ] });
}
function Fields({ now, onChange }) {
  return a4("div", { class: "fields wide", children: [...texts.slice(0, 2), ...lists, ...texts.slice(2)].map((name) => a4(
    Text,
    {
      id: `medicine-${name}`,
      label: t4.medicines.field[name],
      hint: lists.includes(name) ? t4.medicines.listHint : void 0,
      most: 1e3,
      value: now[name],
      onText: (text) => onChange({ ...now, [name]: text })
    },
    name
  )) });
}
function NewMedicine() {
  let now = useSignal(written()), fixed = useSignal({ genericName: "", strength: "" }), form = useSignal("TABLET"), route = useSignal("ORAL"), unit = useSignal("TABLET"), errors = useSignal([]), key = useSignal(newKey()), wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  }, saving = useAction(async () => {
    let needed = [
      ["medicine-generic", t4.medicines.generic, fixed.value.genericName],
      ["medicine-strength", t4.medicines.strength, fixed.value.strength],
      ["medicine-khmerName", t4.medicines.field.khmerName, now.value.khmerName]
    ];
    if (errors.value = needed.filter(([, , text]) => !text.trim()).map(([id, name]) => ({ id, text: t4.medicines.missing(name) })), errors.value.length > 0) return;
    let body = { genericName: fixed.value.genericName.trim(), strength: fixed.value.strength.trim(), form: form.value, route: route.value, unit: unit.value, khmerName: now.value.khmerName.trim(), brandNames: [], synonyms: [], levelsOfCare: [], routes: null };
    for (let name of texts) now.value[name].trim() && (body[name] = now.value[name].trim());
    for (let name of lists) now.value[name].trim() && (body[name] = listed(now.value[name]));
    let made = await post("/medicines", { body, key: key.value });
    key.value = newKey(), go(`/admin/medicines/${made.id}`, !0);
  }), codes = (of) => of.map((code) => [code, code.toLowerCase().replace(/_/g, " ")]);
  return a4("div", { class: "stack", children: [
    a4("p", { children: a4("a", { href: "/admin/medicines", children: [
      "← ",
      t4.medicines.title
    ] }) }),
    a4("h1", { children: t4.medicines.add }),
    a4(ErrorSummary, { errors: errors.value }),
    a4("form", { class: "card stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), saving.run();
    }, children: [
      a4("div", { class: "fields wide", children: [
        a4(Text, { id: "medicine-generic", label: t4.medicines.generic, hint: t4.medicines.genericHint, most: 200, value: fixed.value.genericName, error: wrong("medicine-generic"), onText: (genericName) => {
          fixed.value = { ...fixed.value, genericName };
        } }),
        a4(Text, { id: "medicine-strength", label: t4.medicines.strength, hint: "500 mg", most: 100, value: fixed.value.strength, error: wrong("medicine-strength"), onText: (strength) => {
          fixed.value = { ...fixed.value, strength };
        } }),
        a4(Choice, { label: t4.medicines.form, value: form.value, of: codes(forms), onChoice: (value) => {
          form.value = value;
        } }),
        a4(Choice, { label: t4.medicines.route, value: route.value, of: codes(routes), onChoice: (value) => {
          route.value = value;
        } }),
        a4(Choice, { label: t4.medicines.unit, value: unit.value, of: Object.entries(t4.unit), onChoice: (value) => {
          unit.value = value;
        } })
      ] }),
      a4(Fields, { now: now.value, onChange: (next) => {
        now.value = next;
      } }),
      saving.problem && a4(Refusal, { problem: saving.problem }),
      a4("div", { class: "row", children: a4("button", { type: "submit", class: "primary", disabled: saving.isBusy, children: t4.medicines.add }) })
    ] })
  ] });
}
var forms = [
  "TABLET",
  "CAPSULE",
  "SYRUP",
  "SUSPENSION",
  "SOLUTION",
  "DROPS",
  "SACHET",
  "POWDER",
  "SUPPOSITORY",
  "PESSARY",
  "INJECTION",
  "INFUSION",
  "VACCINE",
  "INHALER",
  "NEBULISER_SOLUTION",
  "NASAL_SPRAY",
  "EYE_DROPS",
  "EAR_DROPS",
  "CREAM",
  "OINTMENT",
  "GEL",
  "LOTION",
  "SHAMPOO",
  "PATCH",
  "IMPLANT",
  "DEVICE",
  "OTHER"
], routes = [
  "ORAL",
  "SUBLINGUAL",
  "RECTAL",
  "VAGINAL",
  "INTRAVENOUS",
  "INTRAMUSCULAR",
  "SUBCUTANEOUS",
  "INTRADERMAL",
  "INHALED",
  "NASAL",
  "OPHTHALMIC",
  "OTIC",
  "TOPICAL",
  "TRANSDERMAL",
  "OTHER"
];

// src/kit/file.tsx
var MOST_BYTES = 8 * 1024 * 1024;
function FileField({ id, label, hint, several, onFiles }) {
  let error = useSignal(void 0), names = useSignal([]), read = async (files) => {
    error.value = void 0, names.value = files.map((file) => file.name);
    try {
      if (files.some((file) => file.size > MOST_BYTES)) throw new Error(t4.errors.file.large);
      let texts2 = await Promise.all(files.map(async (file) => ({ name: file.name, text: new TextDecoder("utf-8", { fatal: !0 }).decode(await file.arrayBuffer()) })));
      onFiles(texts2);
    } catch (fault) {
      error.value = fault instanceof TypeError ? t4.errors.file.encoding : String(fault.message), onFiles([]);
    }
  }, described = [hint && `${id}-hint`, error.value && `${id}-error`].filter(Boolean).join(" ") || void 0;
  return a4("div", { children: [
    a4("span", { class: "label", id: `${id}-label`, children: label }),
    hint && a4("p", { class: "hint", id: `${id}-hint`, children: hint }),
    a4("div", { class: "row", children: [
      a4("label", { class: "button file", children: [
        a4("span", { children: several ? t4.file.chooseSeveral : t4.file.choose }),
        a4(
          "input",
          {
            id,
            class: "hidden-text",
            type: "file",
            accept: ".csv,text/csv",
            multiple: several,
            "aria-labelledby": `${id}-label`,
            "aria-describedby": described,
            "aria-invalid": error.value ? !0 : void 0,
            onChange: (event) => {
              read([...event.currentTarget.files ?? []]);
            }
          }
        )
      ] }),
      a4("span", { role: "status", lang: "en", children: names.value.join(", ") })
    ] }),
    error.value && a4("p", { class: "error", id: `${id}-error`, role: "alert", children: error.value })
  ] });
}

// src/screens/admin/Medicines.tsx
function Medicines() {
  let wanted = query("search").trim(), search = useSignal(wanted);
  A2(() => {
    let waiting = setTimeout(() => {
      query("search") !== search.value && setQuery("search", search.value);
    }, 200);
    return () => clearTimeout(waiting);
  }, [search.value]);
  let found = useLoad((signal) => wanted.length < 2 ? Promise.resolve(void 0) : get("/medicines/search", { query: { q: wanted, limit: 50 }, signal }), [wanted]), sources = useLoad((signal) => get("/medicines/sources", { signal }), []);
  return a4("div", { class: "stack", children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: t4.medicines.title }),
      a4("a", { class: "button", href: "/admin/medicines/new", children: t4.medicines.add })
    ] }),
    a4(Text, { label: t4.medicines.search, hint: t4.medicines.searchHint, kind: "search", value: search.value, most: 100, onText: (text) => {
      search.value = text;
    } }),
    wanted.length >= 2 && a4(Shown, { of: found, children: (page) => !page || page.items.length === 0 ? a4(Empty, { children: t4.medicines.none }) : a4("table", { class: "cards", children: [
      a4("caption", { class: "hidden-text", children: t4.medicines.title }),
      a4("thead", { children: a4("tr", { children: [
        a4("th", { children: t4.medicines.name }),
        a4("th", { children: t4.medicines.brands }),
        a4("th", { children: t4.medicines.group }),
        a4("th", { children: t4.medicines.origin })
      ] }) }),
      a4("tbody", { children: page.items.map((one) => a4("tr", { children: [
        a4("th", { scope: "row", children: a4("a", { href: `/admin/medicines/${one.id}`, children: a4(DrugName, { name: one.displayName, khmer: one.displayNameKhmer }) }) }),
        a4("td", { "data-label": t4.medicines.brands, lang: "en", children: one.brandNames.join(", ") || "–" }),
        a4("td", { "data-label": t4.medicines.group, lang: "en", children: one.therapeuticClass ?? "–" }),
        a4("td", { "data-label": t4.medicines.origin, children: a4(Badge, { children: word(t4.catalogueOrigin, one.origin) }) })
      ] }, one.id)) })
    ] }) }),
    a4("div", { class: "split", children: [
      a4("section", { class: "card stack tight", "aria-labelledby": "sources", children: [
        a4("h2", { id: "sources", children: t4.medicines.sources }),
        a4(Shown, { of: sources, lines: 3, children: ({ items }) => items.length === 0 ? a4(Empty, { children: "–" }) : a4("ul", { class: "list", children: items.map((one) => a4("li", { children: [
          a4("div", { class: "row", children: [
            a4("b", { lang: "en", children: one.name }),
            a4(Badge, { children: word(t4.catalogueOrigin, one.origin) }),
            a4("span", { class: "muted small", children: dateTime(one.importedAt) })
          ] }),
          a4("p", { class: "small", children: countsText(one.counts) }),
          a4("p", { class: "small muted", lang: "en", children: [
            "SHA-256 ",
            one.sha256
          ] })
        ] }, one.id)) }) })
      ] }),
      a4(Import, { onDone: sources.reload })
    ] })
  ] });
}
function Import({ onDone }) {
  let file = useSignal(void 0), report = useSignal(void 0), key = useSignal(newKey()), sending = useAction(async (dryRun) => {
    file.value && (report.value = await post("/medicines/import", { query: { dryRun, name: file.value.name }, csv: file.value.text, key: dryRun ? void 0 : key.value }), dryRun || (key.value = newKey(), onDone()));
  }), told = report.value;
  return a4("section", { class: "card stack", "aria-labelledby": "import", children: [
    a4("h2", { id: "import", children: t4.medicines.importTitle }),
    a4("p", { class: "muted small", children: t4.medicines.importText }),
    a4(FileField, { id: "list", label: t4.medicines.file, onFiles: ([first]) => {
      file.value = first, report.value = void 0, sending.forget();
    } }),
    sending.problem && a4(Refusal, { problem: sending.problem }),
    told && a4("div", { class: "stack tight", children: [
      a4(Notice, { tone: told.errorCount > 0 ? "danger" : told.dryRun ? "info" : "success", live: !0, children: [
        a4("p", { children: told.errorCount > 0 ? t4.medicines.faults(told.errorCount) : told.dryRun ? t4.medicines.wouldDo : t4.medicines.done }),
        a4("p", { children: countsText(told.counts) })
      ] }),
      told.errors.length > 0 && a4("ul", { class: "list", children: told.errors.map((fault) => a4("li", { children: [
        a4("b", { children: [
          t4.medicines.line(fault.line),
          fault.column && a4("span", { lang: "en", children: [
            " ",
            fault.column
          ] })
        ] }),
        ": ",
        say({ english: fault.message, khmer: fault.messageKhmer })
      ] }, `${fault.line}-${fault.column}-${fault.code}`)) }),
      told.changes.length > 0 && a4("details", { children: [
        a4("summary", { children: t4.medicines.changes(told.counts.changed) }),
        a4("ul", { class: "list", children: told.changes.map((one) => a4("li", { lang: "en", children: [
          a4("b", { children: one.displayName }),
          ": ",
          one.columns.join(", ")
        ] }, one.medicineId)) })
      ] })
    ] }),
    a4("div", { class: "row", children: [
      a4("button", { type: "button", disabled: !file.value || sending.isBusy, onClick: () => {
        sending.run(!0);
      }, children: t4.medicines.tryIt }),
      (told == null ? void 0 : told.dryRun) && told.errorCount === 0 && a4("button", { type: "button", class: "primary", disabled: sending.isBusy, onClick: () => {
        sending.run(!1);
      }, children: t4.medicines.importNow(number(told.counts.new + told.counts.changed, 0)) })
    ] })
  ] });
}
function countsText(counts) {
  return t4.medicines.counts(counts.new, counts.changed, counts.unchanged, counts.kept);
}

// src/screens/admin/People.tsx
function AccountBadge({ status }) {
  return a4(Badge, { tone: { VERIFIED: "success", ACTIVE: "success", PENDING_VERIFICATION: "warning", REJECTED: "danger", LOCKED: "danger" }[status], children: word(t4.accountStatus, status) });
}
function People() {
  let [search, role, status] = [query("search"), query("role"), query("status")], pages = usePages(), waiting = useLoad((signal) => get("/users", { query: { role: "DOCTOR", status: "PENDING_VERIFICATION", limit: 100 }, signal }), []), people = useLoad(
    (signal) => get("/users", { query: { search: search || void 0, role: role || void 0, status: status || void 0, limit: pages.size }, signal }),
    [search, role, status, pages.size]
  ), all = [["", t4.people.all]];
  return a4("div", { class: "stack", children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: t4.people.title }),
      a4("a", { class: "button", href: "/admin/people/new", children: t4.people.make })
    ] }),
    a4("section", { class: "card stack tight", "aria-labelledby": "waiting", children: [
      a4("h2", { id: "waiting", children: t4.people.waiting }),
      a4(Shown, { of: waiting, lines: 2, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.people.noneWaits }) : a4("ul", { class: "list", children: items.map((one) => a4("li", { class: "row between", children: [
        a4("div", { children: [
          a4("b", { children: one.fullName }),
          " ",
          a4("span", { class: "muted", children: [
            t4.people.licence,
            " ",
            a4("span", { lang: "en", children: one.licenseNumber }),
            " · ",
            one.hospitalClinic
          ] })
        ] }),
        a4("a", { class: "button small", href: `/admin/people/${one.id}`, children: [
          t4.people.check,
          a4("span", { class: "hidden-text", children: [
            " ",
            one.fullName
          ] })
        ] })
      ] }, one.id)) }) })
    ] }),
    a4("div", { class: "fields", children: [
      a4(Text, { label: t4.people.search, kind: "search", value: search, most: 100, onText: (text) => setQuery("search", text) }),
      a4(Choice, { label: t4.people.role, value: role, of: [...all, ...Object.entries(t4.role)], onChoice: (value) => setQuery("role", value) }),
      a4(Choice, { label: t4.people.status, value: status, of: [...all, ...Object.entries(t4.accountStatus)], onChoice: (value) => setQuery("status", value) })
    ] }),
    a4(Shown, { of: people, children: ({ items, nextCursor }) => items.length === 0 ? a4(Empty, { children: t4.people.none }) : a4($, { children: [
      a4("table", { class: "cards", children: [
        a4("caption", { class: "hidden-text", children: t4.people.title }),
        a4("thead", { children: a4("tr", { children: [
          a4("th", { children: t4.people.name }),
          a4("th", { children: t4.people.role }),
          a4("th", { children: t4.people.status }),
          a4("th", { children: t4.people.contact }),
          a4("th", { children: t4.people.since })
        ] }) }),
        a4("tbody", { children: items.map((one) => a4("tr", { children: [
          a4("th", { scope: "row", children: a4("a", { href: `/admin/people/${one.id}`, children: one.fullName }) }),
          a4("td", { "data-label": t4.people.role, children: word(t4.role, one.role) }),
          a4("td", { "data-label": t4.people.status, children: a4(AccountBadge, { status: one.status }) }),
          a4("td", { "data-label": t4.people.contact, lang: "en", children: one.email ?? one.phone }),
          a4("td", { "data-label": t4.people.since, class: "nowrap", children: date(one.createdAt) })
        ] }, one.id)) })
      ] }),
      a4(More, { pages, shown: items.length, more: !!nextCursor })
    ] }) })
  ] });
}

// src/kit/form.tsx
function FormDialog({ title, text, action, danger, faults, onSend, onClose, children }) {
  let errors = useSignal([]), sending = useAction(async () => {
    errors.value = (faults == null ? void 0 : faults()) ?? [], errors.value.length === 0 && await onSend();
  });
  return a4(Dialog, { title, onClose, children: [
    text && a4("p", { children: text }),
    a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), sending.run();
    }, children: [
      a4(ErrorSummary, { errors: errors.value }),
      sending.problem && a4(Refusal, { problem: sending.problem }),
      children == null ? void 0 : children((id) => {
        var _a;
        return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
      }),
      a4("div", { class: "row", children: [
        a4("button", { type: "submit", class: danger ? "danger" : "primary", disabled: sending.isBusy, children: action }),
        a4("button", { type: "button", onClick: onClose, children: t4.cancel })
      ] })
    ] })
  ] });
}
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

// src/screens/admin/PersonMore.tsx
function ReviewerForm({ person, onDone, onClose }) {
  let qualification = useSignal("");
  return a4(
    FormDialog,
    {
      title: `${t4.people.reviewer}: ${person.fullName}`,
      text: t4.people.reviewerText,
      action: t4.save,
      onClose,
      faults: () => qualification.value.trim().length >= 3 ? [] : [{ id: "qualification", text: t4.people.qualificationMissing }],
      onSend: async () => {
        await put("/users/{id}/clinical-reviewer", { path: { id: person.id }, body: { qualification: qualification.value.trim() }, key: newKey() }), onDone();
      },
      children: (wrong) => a4(Text, { id: "qualification", label: t4.people.qualification, hint: t4.people.qualificationHint, most: 200, value: qualification.value, error: wrong("qualification"), onText: (text) => {
        qualification.value = text;
      } })
    }
  );
}
function SeenInPersonForm({ person, onDone, onClose }) {
  let kind = useSignal("phone"), [contact, document2, reason, password] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")], slip = useSignal(void 0);
  if (slip.value)
    return a4(Dialog, { title: t4.people.slip, onClose: onDone, children: [
      a4(Notice, { tone: "success", live: !0, children: [
        a4("p", { children: t4.people.slipText }),
        a4("p", { class: "value", lang: "en", children: slip.value.code }),
        a4("p", { children: [
          t4.people.slipUntil,
          " ",
          dateTime(slip.value.expiresAt)
        ] })
      ] }),
      a4("div", { class: "row", children: a4("button", { type: "button", class: "primary", onClick: onDone, children: t4.close }) })
    ] });
  let needed = () => [
    ["seen-contact", t4.people[kind.value === "phone" ? "newPhone" : "newEmail"], contact.value],
    ["seen-document", t4.people.document, document2.value],
    ["seen-reason", t4.reason, reason.value],
    ["seen-password", t4.people.ownPassword, password.value]
  ].filter(([, , text]) => !text.trim()).map(([id, name]) => ({ id, text: t4.medicines.missing(name) }));
  return a4(
    FormDialog,
    {
      title: `${t4.people.seen}: ${person.fullName}`,
      text: t4.people.seenText,
      action: t4.save,
      onClose,
      faults: needed,
      onSend: async () => {
        let answer = await post("/users/{id}/seen-in-person", {
          path: { id: person.id },
          key: newKey(),
          body: { [kind.value]: contact.value.trim(), document: document2.value.trim(), reason: reason.value.trim(), currentPassword: password.value }
        });
        answer.slip ? slip.value = answer.slip : onDone();
      },
      children: (wrong) => a4($, { children: [
        a4(Choice, { label: t4.people.whichContact, value: kind.value, of: [["phone", t4.account.phone], ["email", t4.account.email]], onChoice: (value) => {
          kind.value = value;
        } }),
        a4(Text, { id: "seen-contact", label: kind.value === "phone" ? t4.people.newPhone : t4.people.newEmail, most: 254, value: contact.value, error: wrong("seen-contact"), onText: (text) => {
          contact.value = text;
        } }),
        a4(Text, { id: "seen-document", label: t4.people.document, hint: t4.people.documentHint, most: 100, value: document2.value, error: wrong("seen-document"), onText: (text) => {
          document2.value = text;
        } }),
        a4(Text, { id: "seen-reason", label: t4.reason, most: 500, value: reason.value, error: wrong("seen-reason"), onText: (text) => {
          reason.value = text;
        } }),
        a4(Text, { id: "seen-password", label: t4.people.ownPassword, kind: "password", autocomplete: "current-password", most: 1024, value: password.value, error: wrong("seen-password"), onText: (text) => {
          password.value = text;
        } })
      ] })
    }
  );
}
var specialties = Object.keys;
function NewPerson() {
  let role = useSignal("DOCTOR"), text = useSignal({}), gender = useSignal("FEMALE"), specialty = useSignal("GENERAL_PRACTICE"), born = useSignal(noDay), shared = useSignal(!1), errors = useSignal([]), key = useSignal(newKey()), of = (name) => (text.value[name] ?? "").trim(), isPatient = role.value === "PATIENT", isDoctor = role.value === "DOCTOR", names = [
    ...isPatient ? ["firstName", "lastName"] : ["fullName"],
    "phone",
    "email",
    ...isDoctor ? ["licenseNumber", "hospitalClinic"] : [],
    "password"
  ], mayBeEmpty = (name) => name === "phone" || name === "email" || isPatient && name === "password", making = useAction(async () => {
    if (errors.value = [
      ...names.filter((name) => !mayBeEmpty(name) && !of(name)).map((name) => ({ id: `new-${name}`, text: t4.medicines.missing(t4.people.field[name]) })),
      ...!isPatient && !of("phone") && !of("email") ? [{ id: "new-phone", text: t4.people.contactMissing }] : [],
      ...isPatient ? dayFault("new-born", born.value, !0) : []
    ], errors.value.length > 0) return;
    let given = Object.fromEntries(names.filter((name) => of(name)).map((name) => [name, name === "password" ? text.value[name] : of(name)])), more = isPatient ? { gender: gender.value, dateOfBirth: dayOf(born.value), sharedContact: shared.value || void 0 } : isDoctor ? { specialty: specialty.value } : {}, made = await post("/users", { body: { role: role.value, ...given, ...more }, key: key.value });
    key.value = newKey(), go(`/admin/people/${made.userId}`, !0);
  }), wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  };
  return a4("div", { class: "stack", children: [
    a4("p", { children: a4("a", { href: "/admin/people", children: [
      "← ",
      t4.people.title
    ] }) }),
    a4("h1", { children: t4.people.make }),
    a4(ErrorSummary, { errors: errors.value }),
    a4("form", { class: "card stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), making.run();
    }, children: [
      a4("p", { class: "muted", children: t4.people.makeText }),
      a4(Choice, { label: t4.people.role, value: role.value, of: Object.entries(t4.role), onChoice: (value) => {
        role.value = value, errors.value = [];
      } }),
      a4("div", { class: "fields wide", children: [
        names.map((name) => a4(
          Text,
          {
            id: `new-${name}`,
            label: t4.people.field[name],
            hint: mayBeEmpty(name) ? t4.record.mayBeEmpty : name === "password" ? t4.forgot.rule : void 0,
            kind: name === "password" ? "password" : "text",
            autocomplete: name === "password" ? "new-password" : "off",
            most: name === "email" ? 254 : 128,
            value: text.value[name] ?? "",
            error: wrong(`new-${name}`),
            onText: (value) => {
              text.value = { ...text.value, [name]: value };
            }
          },
          name
        )),
        isDoctor && a4(Choice, { label: t4.people.specialty, value: specialty.value, of: specialties(t4.specialty).map((one) => [one, word(t4.specialty, one)]), onChoice: (value) => {
          specialty.value = value;
        } }),
        isPatient && a4(Choice, { label: t4.people.gender, value: gender.value, of: Object.entries(t4.gender), onChoice: (value) => {
          gender.value = value;
        } })
      ] }),
      isPatient && a4($, { children: [
        a4(DayFields, { id: "new-born", label: t4.people.bornOn, value: born.value, error: wrong("new-born"), onDay: (day) => {
          born.value = day;
        } }),
        a4("label", { class: "check", children: [
          a4("input", { type: "checkbox", checked: shared.value, onChange: (event) => {
            shared.value = event.currentTarget.checked;
          } }),
          t4.people.sharedContact
        ] })
      ] }),
      making.problem && a4(Refusal, { problem: making.problem }),
      a4("div", { class: "row", children: a4("button", { type: "submit", class: "primary", disabled: making.isBusy, children: t4.people.make }) })
    ] })
  ] });
}

// src/screens/admin/Person.tsx
function Person({ id }) {
  let person = useLoad((signal) => get("/users/{id}", { path: { id }, signal }), [id]);
  return a4(Shown, { of: person, children: (value) => a4(Whole, { person: value, onChange: person.reload }) });
}
function allowed(person) {
  var _a;
  if (person.status === "LOCKED") return ["unlock"];
  let waits = person.status === "PENDING_VERIFICATION", doctor = person.role === "DOCTOR" && (waits || person.status === "REJECTED"), isColleague = person.role === "ADMIN" && person.id !== ((_a = me.value) == null ? void 0 : _a.id);
  return [
    ...waits || doctor ? ["verify"] : [],
    ...person.role === "DOCTOR" && waits ? ["reject"] : [],
    ...isColleague ? [person.clinicalReviewer ? "unmark" : "reviewer"] : [],
    "seen",
    "endSessions",
    "lock"
  ];
}
function Whole({ person, onChange }) {
  var _a;
  let asking = useSignal(void 0), path = { id: person.id }, done = () => {
    asking.value = void 0, onChange();
  }, doing = useAction(async (what) => {
    what === "verify" && await post("/users/{id}/verify", { path, key: newKey() }), what === "unlock" && await post("/users/{id}/unlock", { path, key: newKey() }), what === "unmark" && await remove("/users/{id}/clinical-reviewer", { path, key: newKey() }), what === "endSessions" && await post("/users/{id}/end-sessions", { path, key: newKey() }), done();
  }), facts = [
    [t4.people.role, word(t4.role, person.role)],
    [t4.account.email, person.email],
    [t4.account.phone, person.phone],
    [t4.people.licence, person.licenseNumber],
    [t4.people.clinic, person.hospitalClinic],
    [t4.people.specialty, person.specialty && word(t4.specialty, person.specialty)],
    [t4.people.since, dateTime(person.createdAt)],
    [t4.people.confirmed, person.contactConfirmedAt ? dateTime(person.contactConfirmedAt) : t4.no],
    [t4.people.rejected, person.rejectionReason],
    [t4.people.reviewer, (_a = person.clinicalReviewer) == null ? void 0 : _a.qualification],
    [t4.people.waitingContact, person.waitingPhone ?? person.waitingEmail]
  ];
  return a4("div", { class: "stack", children: [
    a4("p", { children: a4("a", { href: "/admin/people", children: [
      "← ",
      t4.people.title
    ] }) }),
    a4("h1", { class: "row", children: [
      person.fullName,
      " ",
      a4(AccountBadge, { status: person.status })
    ] }),
    a4("section", { class: "card stack", children: [
      a4("dl", { class: "facts", children: facts.filter(([, value]) => value).map(([name, value]) => [a4("dt", { children: name }, `${name}-name`), a4("dd", { children: value }, name)]) }),
      person.role === "DOCTOR" && person.status === "PENDING_VERIFICATION" && a4(Photo, { of: person.licensePhoto, person: person.id }),
      doing.problem && a4(Refusal, { problem: doing.problem }),
      a4("div", { class: "row", children: [
        allowed(person).map((one) => a4("button", { type: "button", class: one === "verify" ? "primary" : one === "lock" || one === "reject" ? "danger" : "", onClick: () => {
          asking.value = one;
        }, children: t4.people[one] }, one)),
        a4("a", { class: "button", href: `/admin/audit?actor=${person.id}`, children: t4.people.audit }),
        person.role === "PATIENT" && a4("a", { class: "button", href: `/admin/audit?patient=${person.id}`, children: t4.people.recordAudit })
      ] })
    ] }),
    (asking.value === "lock" || asking.value === "reject") && a4(
      ReasonDialog,
      {
        title: `${t4.people[asking.value]}: ${person.fullName}`,
        text: asking.value === "lock" ? t4.people.lockText : t4.people.rejectText,
        label: t4.reason,
        action: t4.people[asking.value],
        danger: !0,
        onClose: () => {
          asking.value = void 0;
        },
        onDone: async (reason) => {
          asking.value === "lock" ? await post("/users/{id}/lock", { path, body: { reason }, key: newKey() }) : await post("/users/{id}/reject", { path, body: { reason }, key: newKey() }), done();
        }
      }
    ),
    asking.value === "reviewer" && a4(ReviewerForm, { person, onDone: done, onClose: () => {
      asking.value = void 0;
    } }),
    asking.value === "seen" && a4(SeenInPersonForm, { person, onDone: done, onClose: () => {
      asking.value = void 0;
    } }),
    (asking.value === "verify" || asking.value === "unlock" || asking.value === "endSessions" || asking.value === "unmark") && a4(Dialog, { title: `${t4.people[asking.value]}: ${person.fullName}`, onClose: () => {
      asking.value = void 0;
    }, children: [
      a4("p", { children: t4.people.sure[asking.value] }),
      doing.problem && a4(Refusal, { problem: doing.problem }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "primary", disabled: doing.isBusy, onClick: () => {
          doing.run(asking.value);
        }, children: t4.people[asking.value] }),
        a4("button", { type: "button", onClick: () => {
          asking.value = void 0;
        }, children: t4.cancel })
      ] })
    ] })
  ] });
}
function Photo({ of, person }) {
  if (!of) return a4(Notice, { tone: "info", children: t4.people.noPhoto });
  let sent = `/api/users/${person}/license-photo`;
  return of === sent ? a4("img", { src: sent, alt: t4.people.photo, class: "photo" }) : a4(Notice, { tone: "info", children: [
    a4("p", { children: [
      t4.people.photo,
      ": ",
      /^https:\/\//.test(of) ? a4("a", { href: of, target: "_blank", rel: "noopener noreferrer", children: of }) : of
    ] }),
    a4("p", { children: t4.people.photoText })
  ] });
}

// src/screens/admin/Plans.tsx
function Plans() {
  let plans = useLoad((signal) => get("/subscriptions/plans", { signal }), []);
  return a4("div", { class: "stack", children: [
    a4("h1", { children: t4.plans.title }),
    a4(Shown, { of: plans, children: (value) => a4($, { children: [
      a4("p", { class: "muted", children: t4.plans.cycle(value.cycleDays, value.graceDays) }),
      a4("table", { class: "cards", children: [
        a4("caption", { class: "hidden-text", children: t4.plans.title }),
        a4("thead", { children: a4("tr", { children: [
          a4("th", { children: t4.plans.plan }),
          a4("th", { children: t4.plans.price }),
          a4("th", { children: t4.plans.members }),
          a4("th", { children: t4.plans.family }),
          a4("th", { children: t4.plans.own }),
          a4("th", { children: t4.plans.storage })
        ] }) }),
        a4("tbody", { children: value.plans.map((plan) => a4("tr", { children: [
          a4("th", { scope: "row", children: word(t4.planType, plan.planType) }),
          a4("td", { class: "number", "data-label": t4.plans.price, children: plan.prices.length === 0 ? t4.plans.free : plan.prices.map(priceText).join(" / ") }),
          a4("td", { class: "number", "data-label": t4.plans.members, children: number(plan.includes.members, 0) }),
          a4("td", { class: "number", "data-label": t4.plans.family, children: number(plan.includes.familyConnections, 0) }),
          a4("td", { class: "number", "data-label": t4.plans.own, children: [
            limit(plan.includes.ownPrescriptions),
            " / ",
            limit(plan.includes.ownMedicines)
          ] }),
          a4("td", { class: "number", "data-label": t4.plans.storage, children: [
            number(plan.includes.storageBytes / 1024 / 1024 / 1024, 1),
            " GiB"
          ] })
        ] }, plan.planType)) })
      ] })
    ] }) })
  ] });
}
function priceText({ amount, currency }) {
  return currency === "KHR" ? `${number(Number(amount), 0)} ៛` : `$${amount}`;
}
function limit(most) {
  return most == null ? t4.plans.unlimited : number(most, 0);
}

// src/screens/admin/SafetyImport.tsx
function ImportRules() {
  let status = useLoad((signal) => get("/safety/status", { signal }), []), files = useSignal([]), report = useSignal(void 0), tried = useSignal([]), weakened = useSignal(""), error = useSignal(void 0), key = useSignal(newKey()), sending = useAction(async (sent, dryRun, rulesWeakened) => {
    report.value = await post("/safety/import", { query: { dryRun, rulesWeakened }, body: { files: sent }, key: dryRun ? void 0 : key.value }), tried.value = dryRun ? sent : [], dryRun || (key.value = newKey(), files.value = [], status.reload());
  }), told = report.value, importNow = () => {
    let typed = readNumber(weakened.value), count = (told == null ? void 0 : told.rulesWeakened) ?? 0;
    error.value = count > 0 && !(typed.is === "number" && typed.value === count) ? t4.safety.weakenedType(count) : void 0, error.value || sending.run(tried.value, !1, count > 0 ? count : void 0);
  };
  return a4("div", { class: "stack", children: [
    a4("section", { class: "card stack tight", "aria-labelledby": "own-files", children: [
      a4("h2", { id: "own-files", children: t4.safety.ownFiles }),
      a4(Shown, { of: status, lines: 2, children: ({ ownFiles }) => ownFiles.length === 0 ? a4(Empty, { children: t4.safety.noOwnFiles }) : a4("ul", { class: "list", children: ownFiles.map((one) => a4("li", { class: "row between", children: [
        a4("span", { children: [
          a4("b", { lang: "en", children: one.name }),
          " ",
          a4("span", { class: "muted small", children: dateTime(one.importedAt) })
        ] }),
        a4("button", { type: "button", class: "small", disabled: sending.isBusy, onClick: () => {
          weakened.value = "", sending.run([{ name: one.name }], !0);
        }, children: [
          t4.safety.tryShipped,
          a4("span", { class: "hidden-text", children: [
            " ",
            one.name
          ] })
        ] })
      ] }, one.name)) }) })
    ] }),
    a4("section", { class: "card stack", "aria-labelledby": "rule-files", children: [
      a4("h2", { id: "rule-files", children: t4.safety.import }),
      a4("p", { class: "muted small", children: t4.safety.importText }),
      a4(FileField, { id: "rules", label: t4.safety.chooseFiles, several: !0, onFiles: (chosen) => {
        files.value = chosen, tried.value = [], report.value = void 0, weakened.value = "", sending.forget();
      } }),
      sending.problem && a4(Refusal, { problem: sending.problem }),
      told && a4(Report, { told }),
      (told == null ? void 0 : told.dryRun) && told.errorCount === 0 && tried.value.length > 0 && told.rulesWeakened > 0 && a4(Text, { id: "weakened", label: t4.safety.weakenedLabel, hint: t4.safety.weakenedType(told.rulesWeakened), mode: "numeric", most: 5, value: weakened.value, error: error.value, onText: (text) => {
        weakened.value = text;
      } }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", disabled: files.value.length === 0 || sending.isBusy, onClick: () => {
          sending.run(files.value, !0);
        }, children: t4.medicines.tryIt }),
        (told == null ? void 0 : told.dryRun) && told.errorCount === 0 && tried.value.length > 0 && a4("button", { type: "button", class: told.rulesWeakened > 0 ? "danger" : "primary", disabled: sending.isBusy, onClick: importNow, children: t4.safety.importNow })
      ] })
    ] })
  ] });
}
function Report({ told }) {
  let faults = (of) => a4("ul", { class: "list small", lang: "en", children: of.map((fault) => a4("li", { children: [
    a4("b", { children: [
      fault.file,
      ":",
      fault.line,
      " ",
      fault.column
    ] }),
    " ",
    fault.sentence
  ] }, `${fault.file}-${fault.line}-${fault.column}`)) });
  return a4("div", { class: "stack tight", children: [
    a4(Notice, { tone: told.errorCount > 0 ? "danger" : told.dryRun ? "info" : "success", live: !0, children: [
      a4("p", { children: told.errorCount > 0 ? t4.medicines.faults(told.errorCount) : told.dryRun ? t4.medicines.wouldDo : t4.medicines.done }),
      told.errorCount === 0 && a4("p", { children: t4.safety.beforeAfter(told.rulesBefore, told.rulesAfter) })
    ] }),
    told.errors.length > 0 && faults(told.errors),
    told.weakened.length > 0 && a4(Notice, { tone: "warning", children: [
      a4("p", { children: a4("b", { children: t4.safety.weakened(told.rulesWeakened) }) }),
      a4("ul", { children: told.weakened.map((one) => a4("li", { children: [
        a4("span", { lang: "en", children: one.ruleId }),
        ": ",
        word(t4.tier, one.tierBefore),
        " → ",
        one.tierAfter ? word(t4.tier, one.tierAfter) : t4.safety.isGone
      ] }, one.ruleId)) })
    ] }),
    told.decisionsEnded.length > 0 && a4(Notice, { tone: "warning", children: [
      a4("p", { children: t4.safety.decisionsEnded }),
      a4("p", { lang: "en", children: told.decisionsEnded.join(", ") })
    ] }),
    told.files.map((file) => a4("p", { class: "row", children: [
      a4("b", { lang: "en", children: file.name }),
      a4("span", { children: t4.safety.rows(file.rows, file.added, file.changed, file.lost) }),
      file.shipped && a4(Badge, { children: t4.catalogueOrigin.SHIPPED })
    ] }, file.name)),
    told.withoutKhmerCount > 0 && a4("p", { class: "small", children: t4.safety.withoutKhmer(told.withoutKhmerCount) }),
    told.skippedCount > 0 && a4("details", { children: [
      a4("summary", { children: t4.safety.skipped(told.skippedCount) }),
      faults(told.skipped)
    ] })
  ] });
}

// src/screens/admin/Safety.tsx
function Safety({ tab }) {
  let tabs = [
    { address: "/admin/safety", text: t4.safety.rules },
    { address: "/admin/safety/statistics", text: t4.safety.statistics },
    { address: "/admin/safety/files", text: t4.safety.files }
  ];
  return a4("div", { class: "stack", children: [
    a4("h1", { children: t4.safety.title }),
    a4(Tabs, { label: t4.safety.title, of: tabs, current: tab === "rules" ? "/admin/safety" : `/admin/safety/${tab}` }),
    tab === "rules" && a4($, { children: [
      a4(Standing, {}),
      a4(Rules, {})
    ] }),
    tab === "statistics" && a4(Statistics, {}),
    tab === "files" && a4(ImportRules, {})
  ] });
}
function Standing() {
  let status = useLoad((signal) => get("/safety/status", { signal }), []);
  return a4(Shown, { of: status, lines: 3, children: (value) => a4("section", { class: "card stack tight", "aria-label": t4.safety.standing, children: [
    a4("p", { children: t4.safety.counts(value.rules, value.stop, value.warn, value.note) }),
    a4("p", { children: t4.safety.founded(value.verified, value.khmerUnreviewed, value.suppressed) }),
    value.rules === 0 && a4(Notice, { tone: "danger", children: t4.safety.nothingChecked }),
    value.faults.length > 0 && a4(Notice, { tone: "danger", children: a4("ul", { children: value.faults.map((fault) => a4("li", { lang: "en", children: [
      fault.file,
      ":",
      fault.line,
      " ",
      fault.column,
      ": ",
      fault.sentence
    ] }, fault.file + fault.line + fault.column)) }) }),
    value.ingredientsWithoutRule.length > 0 && a4("details", { children: [
      a4("summary", { children: t4.safety.without(value.ingredientsWithoutRule.length) }),
      a4("p", { class: "small", lang: "en", children: value.ingredientsWithoutRule.join(", ") })
    ] })
  ] }) });
}
function Rules() {
  let [tier, kind, state, text] = [query("tier"), query("kind"), query("state"), query("search")], pages = usePages(), rules = useLoad((signal) => get("/safety/rules", {
    query: { tier: tier || void 0, kind: kind || void 0, state: state || void 0, query: text.trim() || void 0, limit: pages.size },
    signal
  }), [tier, kind, state, text, pages.size]), all = ["", t4.people.all];
  return a4($, { children: [
    a4("div", { class: "fields", children: [
      a4(Text, { label: t4.safety.search, kind: "search", value: text, most: 100, onText: (value) => setQuery("search", value) }),
      a4(Choice, { label: t4.safety.tier, value: tier, of: [all, ...Object.entries(t4.tier)], onChoice: (value) => setQuery("tier", value) }),
      a4(Choice, { label: t4.safety.kind, value: kind, of: [all, ...Object.entries(t4.ruleKind)], onChoice: (value) => setQuery("kind", value) }),
      a4(Choice, { label: t4.safety.state, value: state, of: [all, ...Object.entries(t4.ruleState)], onChoice: (value) => setQuery("state", value) })
    ] }),
    a4(Shown, { of: rules, children: ({ items, nextCursor }) => items.length === 0 ? a4(Empty, { children: t4.safety.none }) : a4($, { children: [
      a4("ul", { class: "stack tight", children: items.map((rule) => a4("li", { children: a4(RuleCard, { rule, onChange: rules.reload }) }, rule.id)) }),
      a4(More, { pages, shown: items.length, more: !!nextCursor })
    ] }) })
  ] });
}
var tones = { STOP: "danger", WARN: "warning", NOTE: "info" };
function RuleCard({ rule, onChange }) {
  var _a;
  let asking = useSignal(void 0), close = () => {
    asking.value = void 0;
  }, done = () => {
    close(), onChange();
  }, path = { id: rule.id }, isDecided = !!rule.confirmation || !!rule.suppression;
  return a4("article", { class: `alert-card ${rule.tier === "STOP" ? "CRITICAL" : rule.tier === "WARN" ? "HIGH" : ""}`, children: [
    a4("div", { class: "row between", children: [
      a4("b", { lang: "en", children: rule.about }),
      a4("div", { class: "row", children: [
        a4(Badge, { tone: tones[rule.tier], children: word(t4.tier, rule.tier) }),
        a4(Badge, { children: word(t4.ruleKind, rule.kind) }),
        rule.suppression && a4(Badge, { tone: "warning", children: t4.ruleState.SUPPRESSED }),
        rule.confirmation ? a4(Badge, { tone: "success", children: t4.ruleState.CONFIRMED }) : !rule.verified && a4(Badge, { tone: "warning", children: t4.ruleState.UNVERIFIED })
      ] })
    ] }),
    a4("p", { children: a4("b", { children: say(rule.effect) }) }),
    a4("p", { children: say(rule.action) }),
    a4("p", { class: "small muted", children: [
      a4("span", { lang: "en", children: [
        rule.id,
        " · ",
        rule.source,
        rule.year ? ` (${rule.year})` : ""
      ] }),
      !rule.khmerReviewed && ` · ${t4.safety.khmerUnread}`
    ] }),
    rule.confirmation && a4("p", { class: "small", children: [
      t4.safety.confirmedAs,
      ": ",
      rule.confirmation.qualification,
      ", ",
      dateTime(rule.confirmation.confirmedAt)
    ] }),
    rule.suppression && a4("p", { class: "small", children: [
      t4.safety.silentUntil,
      " ",
      dateTime(rule.suppression.until),
      ": ",
      rule.suppression.reason
    ] }),
    rule.tierWhenConfirmed && a4("p", { class: "small muted", children: [
      t4.safety.whenConfirmed,
      ": ",
      word(t4.tier, rule.tierWhenConfirmed)
    ] }),
    a4("div", { class: "row", children: [
      !rule.suppression && a4("button", { type: "button", class: "small danger", onClick: () => {
        asking.value = "suppress";
      }, children: [
        t4.safety.suppress,
        a4("span", { class: "hidden-text", children: [
          " ",
          rule.id
        ] })
      ] }),
      isDecided && a4("button", { type: "button", class: "small", onClick: () => {
        asking.value = "restore";
      }, children: [
        t4.safety.restore,
        a4("span", { class: "hidden-text", children: [
          " ",
          rule.id
        ] })
      ] }),
      !rule.confirmation && ((_a = me.value) == null ? void 0 : _a.clinicalReviewer) && a4("button", { type: "button", class: "small", onClick: () => {
        asking.value = "confirm";
      }, children: [
        t4.safety.confirm,
        a4("span", { class: "hidden-text", children: [
          " ",
          rule.id
        ] })
      ] })
    ] }),
    asking.value === "suppress" && a4(Suppress, { rule, onDone: done, onClose: close }),
    asking.value === "restore" && a4(
      ReasonDialog,
      {
        title: `${t4.safety.restore}: ${rule.id}`,
        text: t4.safety.restoreText,
        label: t4.reason,
        action: t4.safety.restore,
        onClose: close,
        onDone: async (reason) => {
          await post("/safety/rules/{id}/restore", { path, body: { reason }, key: newKey() }), done();
        }
      }
    ),
    asking.value === "confirm" && a4(
      FormDialog,
      {
        title: `${t4.safety.confirm}: ${rule.id}`,
        text: t4.safety.confirmText,
        action: t4.safety.confirm,
        onClose: close,
        onSend: async () => {
          await post("/safety/rules/{id}/confirm", { path, body: {}, key: newKey() }), done();
        }
      }
    )
  ] });
}
function Suppress({ rule, onDone, onClose }) {
  let reason = useSignal(""), until = useSignal(dayTyped(daysAfter(today(), 30)));
  return a4(
    FormDialog,
    {
      title: `${t4.safety.suppress}: ${rule.id}`,
      text: t4.safety.suppressText,
      action: t4.safety.suppress,
      danger: !0,
      onClose,
      faults: () => [...reason.value.trim().length >= 3 ? [] : [{ id: "suppress-reason", text: t4.errors.reason }], ...dayFault("suppress-until", until.value, !0)],
      onSend: async () => {
        let day = dayOf(until.value);
        day && (await post("/safety/rules/{id}/suppress", { path: { id: rule.id }, body: { reason: reason.value.trim(), until: `${day}T23:59:00+07:00` }, key: newKey() }), onDone());
      },
      children: (wrong) => a4($, { children: [
        a4(Text, { id: "suppress-reason", label: t4.reason, most: 500, value: reason.value, error: wrong("suppress-reason"), onText: (text) => {
          reason.value = text;
        } }),
        a4(DayFields, { id: "suppress-until", label: t4.safety.until, value: until.value, error: wrong("suppress-until"), onDay: (day) => {
          until.value = day;
        } })
      ] })
    }
  );
}
function Statistics() {
  let months = query("months") || "3", all = useLoad((signal) => get("/safety/statistics", { query: { months: Number(months) }, signal }), [months]);
  return a4("div", { class: "stack", children: [
    a4("div", { class: "fields", children: a4(Choice, { label: t4.safety.months, value: months, of: ["1", "3", "12", "60"].map((count) => [count, t4.safety.lastMonths(Number(count))]), onChoice: (value) => setQuery("months", value) }) }),
    a4("p", { class: "muted", children: t4.safety.statisticsText }),
    a4(Shown, { of: all, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.safety.noneSpoke }) : a4("table", { class: "cards", children: [
      a4("caption", { class: "hidden-text", children: t4.safety.statistics }),
      a4("thead", { children: a4("tr", { children: [
        a4("th", { children: t4.safety.rule }),
        a4("th", { children: t4.safety.fired }),
        a4("th", { children: t4.safety.overridden }),
        a4("th", { children: t4.safety.share }),
        a4("th", { children: t4.safety.reasons })
      ] }) }),
      a4("tbody", { children: [...items].sort((a5, b3) => b3.fired - a5.fired).map((one) => a4("tr", { children: [
        a4("th", { scope: "row", lang: "en", children: a4("a", { href: `/admin/safety?search=${encodeURIComponent(one.ruleId)}`, children: one.ruleId }) }),
        a4("td", { class: "number", "data-label": t4.safety.fired, children: number(one.fired, 0) }),
        a4("td", { class: "number", "data-label": t4.safety.overridden, children: number(one.overridden, 0) }),
        a4("td", { class: "number", "data-label": t4.safety.share, children: one.fired === 0 ? "–" : `${number(one.overridden / one.fired * 100, 0)}%` }),
        a4("td", { "data-label": t4.safety.reasons, children: one.reasons.map((reason) => `${word(t4.override, reason.reason)} ${reason.count}`).join(", ") || "–" })
      ] }, one.ruleId)) })
    ] }) })
  ] });
}

// src/entry/admin.tsx
var failed = y3(void 0);
function screen() {
  let found;
  return match("/admin") ? { title: t4.health.title, view: a4(Health, {}) } : match("/admin/people") ? { title: t4.people.title, view: a4(People, {}) } : match("/admin/people/new") ? { title: t4.people.make, view: a4(NewPerson, {}) } : (found = match("/admin/people/:id")) ? { title: t4.people.person, view: a4(Person, { id: found.id }, found.id) } : match("/admin/medicines") ? { title: t4.medicines.title, view: a4(Medicines, {}) } : match("/admin/medicines/new") ? { title: t4.medicines.add, view: a4(NewMedicine, {}) } : (found = match("/admin/medicines/:id")) ? { title: t4.medicines.title, view: a4(Medicine, { id: found.id }, found.id) } : match("/admin/safety") ? { title: t4.safety.title, view: a4(Safety, { tab: "rules" }) } : (found = match("/admin/safety/:tab")) && ["statistics", "files"].includes(found.tab) ? { title: t4.safety.title, view: a4(Safety, { tab: found.tab }) } : match("/admin/plans") ? { title: t4.plans.title, view: a4(Plans, {}) } : match("/admin/jobs") ? { title: t4.jobs.title, view: a4(Jobs, {}) } : match("/admin/audit") ? { title: t4.audit.title, view: a4(Audit, {}) } : match("/admin/messages") ? { title: t4.messages.title, view: a4(Messages, { prefix: "/admin" }) } : match("/admin/account") ? { title: t4.account.title, view: a4(Account, {}) } : { title: t4.notFound.title, view: a4(Empty, { children: [
    a4("h1", { children: t4.notFound.title }),
    a4("p", { children: a4("a", { href: "/admin", children: t4.notFound.home }) })
  ] }) };
}
function Desk() {
  var _a, _b;
  let waiting = useLoad((signal) => get("/users", { query: { role: "DOCTOR", status: "PENDING_VERIFICATION", limit: 100 }, signal }), []), unread = useLoad((signal) => get("/notifications/unread-count", { signal }), [], ["notification.created", "notification.read"]), { title, view } = screen(), places = [
    { address: "/admin", text: t4.health.title },
    { address: "/admin/people", text: t4.people.title, count: (_a = waiting.value) == null ? void 0 : _a.items.length },
    { address: "/admin/medicines", text: t4.medicines.title },
    { address: "/admin/safety", text: t4.safety.title },
    { address: "/admin/plans", text: t4.plans.title },
    { address: "/admin/jobs", text: t4.jobs.title },
    { address: "/admin/audit", text: t4.audit.title },
    { address: "/admin/messages", text: t4.messages.title, news: (_b = unread.value) == null ? void 0 : _b.unreadCount },
    { address: "/admin/account", text: t4.account.title }
  ];
  return a4(Frame, { home: "/admin", places, title, children: view });
}
function Pages() {
  return failed.value ? a4("main", { children: a4(Refusal, { problem: failed.value, retry: () => location.reload() }) }) : me.value ? a4(Desk, {}) : a4("main", { children: a4(Skeleton, {}) });
}
startRouter("/admin");
Q(a4(Pages, {}), document.getElementById("app"));
enter("/admin").catch((problem) => {
  problem.status !== 401 && (failed.value = problem);
});
