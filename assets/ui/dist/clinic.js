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
function guard(may) {
  mayLeave = may ?? (() => !0);
}
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
function match(pattern2) {
  let [wanted, real] = [pattern2.split("/"), here.value.split("?")[0].split("/")];
  if (wanted.length !== real.length) return;
  let found = {};
  for (let [place, part] of wanted.entries())
    if (part.startsWith(":")) found[part.slice(1)] = decodeURIComponent(real[place]);
    else if (part !== real[place]) return;
  return found;
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
function get(path, sent2 = {}) {
  return call("GET", path, sent2);
}
function post(path, sent2 = {}) {
  return call("POST", path, sent2);
}
function put(path, sent2) {
  return call("PUT", path, sent2);
}
function patch(path, sent2) {
  return call("PATCH", path, sent2);
}
function remove(path, sent2) {
  return call("DELETE", path, sent2);
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
async function call(method, path, sent2) {
  let response = await send(method, path, sent2);
  if (response.status === 401 && !path.startsWith("/auth/browser/") && !await isMistyped(response)) {
    let continued = await continueSession();
    if (continued === "away") throw new Problem(0, "away", t4.errors.away, [], "");
    continued === "yes" && (response = await send(method, path, sent2)), response.status === 401 && signedOut();
  }
  if (response.status === 403 && await codeOf(response) === "second_factor_required" && location.replace("/sign-in"), response.ok) return response.status === 204 ? void 0 : await response.json();
  throw await problemOf(response);
}
async function send(method, path, sent2) {
  var _a;
  let address = path.replace(/\{(\w+)\}/g, (_3, name) => {
    var _a2;
    return encodeURIComponent(String(((_a2 = sent2.path) == null ? void 0 : _a2[name]) ?? ""));
  }), query2 = new URLSearchParams();
  for (let [name, value] of Object.entries(sent2.query ?? {}))
    value != null && value !== "" && query2.set(name, String(value));
  let headers = { "accept-language": language, "x-das-tern-page": "1" };
  sent2.body !== void 0 && (headers["content-type"] = "application/json"), sent2.csv !== void 0 && (headers["content-type"] = "text/csv"), sent2.key && (headers["idempotency-key"] = sent2.key), sent2.revision !== void 0 && (headers["if-match"] = `"${sent2.revision}"`);
  let text = query2.toString();
  try {
    return await fetch(`/api${address}${text ? `?${text}` : ""}`, {
      method,
      headers,
      cache: "no-store",
      body: sent2.csv ?? (sent2.body === void 0 ? void 0 : JSON.stringify(sent2.body)),
      signal: sent2.signal
    });
  } catch (error) {
    throw (_a = sent2.signal) != null && _a.aborted ? error : new Problem(0, "away", t4.errors.away, [], "");
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

// src/core/load.ts
function useLoad(fetch2, deps, kinds3 = []) {
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
  }), deps), A2(() => kinds3.length > 0 ? hear(kinds3, () => load.current()) : void 0, []);
  let { value, problem, isLoading } = state.value;
  return { value, problem, isLoading, reload: () => load.current() };
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
  let reason = useSignal(""), missing2 = useSignal(!1), doing = useAction(async () => {
    missing2.value = reason.value.trim() === "", !missing2.value && await onDone(reason.value.trim());
  });
  return a4(Dialog, { title, onClose, children: [
    text && a4("p", { children: text }),
    a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), doing.run();
    }, children: [
      a4(Area, { label, value: reason.value, most: 500, error: missing2.value ? t4.errors.reason : void 0, onText: (text2) => {
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
function shortDate(of) {
  let { month, day } = parts(of.length === 10 ? `${of}T00:00:00+07:00` : of);
  return language === "km" ? `${day} ${t4.months[month]}` : `${day} ${t4.months[month].slice(0, 3)}`;
}
function yearsSince(day, now = today()) {
  return Number(now.slice(0, 4)) - Number(day.slice(0, 4)) - (now.slice(5) < day.slice(5) ? 1 : 0);
}
function dayAndMonth(day) {
  let { month, day: number2 } = parts(`${day}T00:00:00+07:00`);
  return [number2, month + 1];
}
function weekday(day) {
  return parts(`${day}T00:00:00+07:00`).weekday;
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
function percent(value) {
  return value == null ? "–" : `${number(value, 0)}%`;
}
function plainDigits(text) {
  return text.replace(/[០-៩]/g, (digit) => String(digit.charCodeAt(0) - 6112));
}
function readNumber(text) {
  let plain = plainDigits(text).trim();
  return plain === "" ? { is: "empty" } : plain.includes(",") ? { is: "wrong", why: "comma" } : /^\.\d/.test(plain) ? { is: "wrong", why: "zero" } : /^\d{1,6}(\.\d{1,3})?$/.test(plain) ? { is: "number", value: Number(plain) } : { is: "wrong", why: "form" };
}
function numberError(typed) {
  return typed.is === "wrong" ? t4.errors.number[typed.why] : void 0;
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
  let begun2 = useSignal(void 0), recovery = useSignal(void 0);
  if (recovery.value) return a4(Recovery, { codes: recovery.value, onDone });
  if (!begun2.value)
    return a4(Step, { children: [
      a4("p", { children: t4.factor.how }),
      a4(Asking, { asks: ["password"], action: t4.factor.begin, onSend: async ({ password }) => {
        begun2.value = await post("/auth/mfa/totp", { body: { password } });
      } })
    ] }, "password");
  let { secret, uri, qrCode } = begun2.value;
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
  let state = useLoad((signal) => get("/auth/mfa", { signal }), []), step = useSignal("see"), recovery = useSignal(void 0), seen2 = () => {
    recovery.value = void 0, step.value = "see", state.reload();
  };
  return a4("section", { class: "card stack", "aria-labelledby": "factor", children: [
    a4("h2", { id: "factor", children: t4.factor.title }),
    recovery.value && a4(Recovery, { codes: recovery.value, onDone: seen2 }),
    step.value === "set-up" && a4(SettingUp, { onDone: seen2 }),
    step.value === "show" && a4(Asking, { asks: ["code"], action: t4.factor.show, onSend: async (typed) => {
      await post("/auth/mfa/show", { body: { code: typed.code } }), seen2();
    } }),
    step.value === "renew" && !recovery.value && a4(Asking, { asks: ["code"], action: t4.factor.renew, onSend: async ({ code }) => {
      recovery.value = (await post("/auth/mfa/recovery-codes", { body: { code } })).recoveryCodes;
    } }),
    step.value === "remove" && a4(Asking, { asks: ["password", "code"], action: t4.factor.remove, danger: !0, onSend: async (body) => {
      await remove("/auth/mfa/totp", { body }), seen2();
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
function Growing({ list }) {
  var _a, _b;
  return a4("div", { class: "row", children: [
    a4("span", { class: "muted small number", role: "status", children: t4.shown(((_a = list.value) == null ? void 0 : _a.items.length) ?? 0) }),
    ((_b = list.value) == null ? void 0 : _b.nextCursor) && a4("button", { type: "button", class: "small", disabled: list.isLoading, onClick: list.grow, children: t4.more })
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
}, tones = { CRITICAL: "critical", HIGH: "danger", MEDIUM: "warning", LOW: "info" };
function SeverityBadge({ severity }) {
  return a4(Badge, { tone: tones[severity], shape: shapes[severity], children: word(t4.severity, severity) });
}
function VitalValue({ of }) {
  let second = of.valueSecondary === null || of.valueSecondary === void 0 ? "" : `/${number(of.valueSecondary, 1)}`;
  return a4("span", { class: "nowrap number", children: [
    number(of.value, 1),
    second,
    " ",
    a4("span", { lang: "en", children: of.unit })
  ] });
}
function StatusBadge({ status }) {
  let tone = { ACTIVE: "success", PAUSED: "warning", PENDING_CONFIRMATION: "info", PENDING_REVISION: "warning", REJECTED: "danger", STOPPED: "danger" }[status];
  return a4(Badge, { tone, children: word(t4.prescriptionStatus, status) });
}
function MedicationLine({ line }) {
  return a4("div", { children: [
    a4(DrugName, { name: line.medicineName, khmer: line.medicineNameKhmer }),
    a4("p", { children: say(line.scheduleText) }),
    language === "km" ? line.instructionsKhmer && a4("p", { class: "muted", children: line.instructionsKhmer }) : line.instructions && a4("p", { class: "muted", children: line.instructions })
  ] });
}
function Adherence({ figure }) {
  if (figure.percent === null || figure.percent === void 0) return a4("span", { class: "muted", children: t4.adherence.none });
  let fill = { GREEN: "var(--taken)", YELLOW: "var(--late)", RED: "var(--missed)" }[figure.color ?? "GREEN"];
  return a4("span", { class: "row", children: [
    a4("span", { class: "bar", "aria-hidden": "true", children: a4("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", children: a4("rect", { width: figure.percent, height: "10", style: { fill } }) }) }),
    a4("b", { class: "number", children: percent(figure.percent) }),
    a4("span", { class: "muted small number nowrap", children: t4.adherence.of(figure.part, figure.n) })
  ] });
}
function RecordFlags({ record }) {
  var _a, _b, _c;
  let flags = [];
  for (let allergy of record.allergies) {
    let what = allergy.substance ?? allergy.ingredients.join(", ");
    flags.push(a4(Badge, { tone: "critical", children: [
      t4.record.allergy,
      ": ",
      a4("span", { lang: "en", children: what || allergy.classId }),
      " (",
      word(t4.reaction, allergy.reaction),
      ")"
    ] }, allergy.id));
  }
  record.allergies.length === 0 && flags.push(a4(Badge, { tone: record.noKnownAllergies ? "success" : "warning", children: record.noKnownAllergies ? t4.record.noAllergies : t4.record.allergiesUnknown }, "none")), ((_a = record.pregnancy) == null ? void 0 : _a.state) === "PREGNANT" && flags.push(a4(Badge, { tone: "danger", children: t4.record.pregnant }, "pregnant")), ((_b = record.breastFeeding) == null ? void 0 : _b.state) === "YES" && flags.push(a4(Badge, { tone: "warning", children: t4.record.breastFeeding }, "feeding")), record.renal && record.renal.egfr < 60 && flags.push(a4(Badge, { tone: "warning", children: [
    "eGFR ",
    number(record.renal.egfr, 0)
  ] }, "renal")), ((_c = record.g6pd) == null ? void 0 : _c.state) === "DEFICIENT" && flags.push(a4(Badge, { tone: "danger", children: t4.record.g6pd }, "g6pd")), record.liver && record.liver.state.startsWith("CHILD") && flags.push(a4(Badge, { tone: "warning", children: word(t4.liver, record.liver.state) }, "liver")), record.weightKg && flags.push(a4(Badge, { children: [
    number(record.weightKg, 1),
    " kg"
  ] }, "weight"));
  for (let condition of record.conditions)
    flags.push(a4(Badge, { children: conditionText(condition) }, condition.id));
  return a4("div", { class: "row", children: flags });
}
function conditionText({ code, name }) {
  if (name) return name;
  let text = code.toLowerCase().replace(/_/g, " ");
  return t4.conditions[code] ?? englishConditions[code] ?? text.charAt(0).toUpperCase() + text.slice(1);
}
var englishConditions = {
  PARKINSON_DISEASE: "Parkinson’s disease",
  HEART_FAILURE_REDUCED_EJECTION: "Heart failure with reduced ejection fraction",
  ASPIRIN_SENSITIVE_ASTHMA: "Aspirin-sensitive asthma",
  ANGLE_CLOSURE_GLAUCOMA: "Angle-closure glaucoma",
  LONG_QT_SYNDROME: "Long QT syndrome",
  PRETERM: "Born preterm"
};
function conditionCodes() {
  return [...allConditions.filter((code) => code !== "OTHER").sort((a5, b3) => conditionText({ code: a5 }).localeCompare(conditionText({ code: b3 }))), "OTHER"];
}
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

// src/screens/clinic/AlertCard.tsx
function AlertCard({ alert, onChange, whole }) {
  var _a, _b;
  let resolving = useSignal(!1), taking = useAction(async () => {
    await post("/health-monitoring/alerts/{id}/acknowledge", { path: { id: alert.id } }), onChange();
  }), gain = alert.weightGain, name = alert.vitalType ? word(t4.vital, alert.vitalType) : word(t4.alertKind, alert.kind);
  return a4("article", { class: `alert-card ${alert.severity}`, children: [
    a4("div", { class: "row between", children: [
      a4("a", { href: `/clinic/patients/${alert.patientId}/vitals`, children: a4("b", { children: alert.patientName }) }),
      a4(SeverityBadge, { severity: alert.severity })
    ] }),
    a4("div", { class: "row", children: [
      a4("span", { children: alert.kind === "READING" ? name : word(t4.alertKind, alert.kind) }),
      alert.latest && a4("span", { class: "value", children: a4(VitalValue, { of: alert.latest }) }),
      gain && a4("span", { class: "value number", children: [
        "+",
        number(gain.to - gain.from, 1),
        " kg"
      ] }),
      ((_a = alert.latestEarlyWarningScore) == null ? void 0 : _a.total) !== void 0 && ((_b = alert.latestEarlyWarningScore) == null ? void 0 : _b.total) !== null && a4("span", { class: "value number", lang: "en", children: [
        "NEWS2 ",
        alert.latestEarlyWarningScore.total
      ] })
    ] }),
    alert.message && a4("p", { children: alert.message }),
    alert.location && a4("p", { children: [
      t4.alerts.place,
      ": ",
      alert.location
    ] }),
    alert.readingWithdrawn && a4("p", { class: "muted", children: t4.alerts.withdrawn }),
    whole && alert.note && a4("p", { children: [
      t4.alerts.note,
      ": ",
      alert.note
    ] }),
    a4("div", { class: "row between", children: [
      a4("span", { class: "muted small", title: dateTime(alert.openedAt), children: [
        ago(alert.openedAt),
        alert.occasions > 1 && ` · ${t4.alerts.occasions(alert.occasions)}`,
        alert.escalations > 0 && ` · ${t4.alerts.escalated(alert.escalations)}`,
        whole && ` · ${word(t4.alertState, alert.state)}`
      ] }),
      a4("div", { class: "row", children: [
        alert.state === "OPEN" && a4("button", { type: "button", class: "small", disabled: taking.isBusy, onClick: () => {
          taking.run();
        }, children: [
          t4.alerts.acknowledge,
          a4("span", { class: "hidden-text", children: [
            " ",
            alert.patientName
          ] })
        ] }),
        alert.state !== "RESOLVED" && a4("button", { type: "button", class: "small", onClick: () => {
          resolving.value = !0;
        }, children: [
          t4.alerts.resolve,
          a4("span", { class: "hidden-text", children: [
            " ",
            alert.patientName
          ] })
        ] })
      ] })
    ] }),
    taking.problem && a4(Refusal, { problem: taking.problem, retry: onChange }),
    resolving.value && a4(
      ReasonDialog,
      {
        title: `${t4.alerts.resolve}: ${alert.patientName}`,
        label: t4.alerts.what,
        action: t4.alerts.resolve,
        onClose: () => {
          resolving.value = !1;
        },
        onDone: async (note) => {
          await post("/health-monitoring/alerts/{id}/resolve", { path: { id: alert.id }, body: { note } }), resolving.value = !1, onChange();
        }
      }
    )
  ] });
}

// src/screens/clinic/Alerts.tsx
function Alerts() {
  let state = query("state") || "OPEN", pages = usePages(), alerts = useLoad(
    (signal) => get("/health-monitoring/alerts", { query: { state, limit: pages.size }, signal }),
    [state, pages.size],
    ["alert.opened", "alert.updated"]
  ), states = ["OPEN", "ACKNOWLEDGED", "RESOLVED"];
  return a4("div", { class: "stack", children: [
    a4("h1", { children: t4.alerts.title }),
    a4(Tabs, { label: t4.alerts.title, current: `/clinic/alerts?state=${state}`, of: states.map((one) => ({ address: `/clinic/alerts?state=${one}`, text: t4.alertState[one] })) }),
    a4(Shown, { of: alerts, children: ({ items, nextCursor }) => a4($, { children: [
      items.length === 0 ? a4(Empty, { children: state === "OPEN" ? t4.alerts.none : t4.alerts.noneOfState }) : a4("ul", { class: "columns", children: items.map((alert) => a4("li", { children: a4(AlertCard, { alert, onChange: alerts.reload, whole: !0 }) }, alert.id)) }),
      a4(More, { pages, shown: items.length, more: !!nextCursor })
    ] }) })
  ] });
}

// src/screens/clinic/Connections.tsx
function Connections() {
  let status = query("status") || "PENDING", pages = usePages(), all = useLoad((signal) => get("/connections", { query: { status, limit: pages.size }, signal }), [status, pages.size], ["connection.changed"]), states = ["PENDING", "ACCEPTED", "REVOKED", "DECLINED", "EXPIRED"];
  return a4("div", { class: "stack", children: [
    a4("h1", { children: t4.connections.title }),
    a4("div", { class: "split", children: [
      a4("div", { class: "stack", children: [
        a4(Tabs, { label: t4.connections.title, current: `/clinic/connections?status=${status}`, of: states.map((one) => ({ address: `/clinic/connections?status=${one}`, text: t4.connectionStatus[one] })) }),
        a4(Shown, { of: all, children: ({ items, nextCursor }) => a4($, { children: [
          items.length === 0 ? a4(Empty, { children: t4.connections.none }) : a4("ul", { class: "stack tight", children: items.map((one) => a4("li", { children: a4(RequestCard, { connection: one, onChange: all.reload }) }, one.id)) }),
          a4(More, { pages, shown: items.length, more: !!nextCursor })
        ] }) })
      ] }),
      a4(Pair, { onDone: all.reload })
    ] })
  ] });
}
function RequestCard({ connection: connection2, onChange }) {
  var _a;
  let ending = useSignal(!1), isOwn = connection2.requestedBy === connection2.carerId, path = { id: connection2.id }, answering = useAction(async (what) => {
    what === "accept" ? await post("/connections/{id}/accept", { path, body: {}, key: newKey() }) : await post("/connections/{id}/decline", { path, key: newKey() }), onChange();
  }), name = ((_a = connection2.other) == null ? void 0 : _a.fullName) ?? t4.connections.nameless;
  return a4("article", { class: "alert-card", children: [
    a4("div", { class: "row between", children: [
      connection2.status === "ACCEPTED" ? a4("a", { href: `/clinic/patients/${connection2.patientId}`, children: a4("b", { children: name }) }) : a4("b", { children: name }),
      a4(Badge, { children: word(t4.connectionStatus, connection2.status) })
    ] }),
    connection2.status === "PENDING" && a4("p", { class: "muted", children: isOwn ? t4.connections.waits : t4.connections.asks }),
    connection2.status === "ACCEPTED" && a4("p", { children: [
      word(t4.level, connection2.permissionLevel),
      connection2.scopes.length > 0 && `: ${connection2.scopes.map((scope) => word(t4.scope, scope)).join(", ")}`,
      connection2.expiresAt && ` · ${t4.connections.until} ${date(connection2.expiresAt)}`
    ] }),
    a4("div", { class: "row between", children: [
      a4("span", { class: "muted small", children: ago(connection2.updatedAt) }),
      a4("div", { class: "row", children: [
        connection2.status === "PENDING" && !isOwn && a4($, { children: [
          a4("button", { type: "button", class: "small primary", disabled: answering.isBusy, onClick: () => {
            answering.run("accept");
          }, children: [
            t4.connections.accept,
            a4("span", { class: "hidden-text", children: [
              " ",
              name
            ] })
          ] }),
          a4("button", { type: "button", class: "small", disabled: answering.isBusy, onClick: () => {
            answering.run("decline");
          }, children: [
            t4.connections.decline,
            a4("span", { class: "hidden-text", children: [
              " ",
              name
            ] })
          ] })
        ] }),
        (connection2.status === "ACCEPTED" || connection2.status === "PENDING" && isOwn) && a4("button", { type: "button", class: "small danger", onClick: () => {
          ending.value = !0;
        }, children: [
          connection2.status === "PENDING" ? t4.connections.takeBack : t4.connections.end,
          a4("span", { class: "hidden-text", children: [
            " ",
            name
          ] })
        ] })
      ] })
    ] }),
    answering.problem && a4(Refusal, { problem: answering.problem }),
    ending.value && a4(
      ReasonDialog,
      {
        title: `${t4.connections.end}: ${name}`,
        text: t4.connections.endText,
        label: t4.reason,
        action: t4.connections.end,
        danger: !0,
        onClose: () => {
          ending.value = !1;
        },
        onDone: async (reason) => {
          await post("/connections/{id}/revoke", { path, body: { reason }, key: newKey() }), ending.value = !1, onChange();
        }
      }
    )
  ] });
}
function Pair({ onDone }) {
  var _a;
  let code = useSignal(""), errors = useSignal([]), seen2 = useSignal(void 0), done = useSignal(!1), looking = useAction(async () => {
    done.value = !1, errors.value = code.value.trim() ? [] : [{ id: "pair-code", text: t4.connections.codeMissing }], !(errors.value.length > 0) && (seen2.value = await post("/connections/codes/preview", { body: { code: plainDigits(code.value).trim() } }));
  }), redeeming = useAction(async () => {
    await post("/connections/codes/redeem", { body: { code: plainDigits(code.value).trim() }, key: newKey() }), seen2.value = void 0, code.value = "", done.value = !0, onDone();
  });
  return a4("section", { class: "card stack", "aria-labelledby": "pair", children: [
    a4("h2", { id: "pair", children: t4.connections.pair }),
    a4("p", { class: "muted", children: t4.connections.pairHow }),
    a4(ErrorSummary, { errors: errors.value }),
    a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), looking.run();
    }, children: [
      a4(Text, { id: "pair-code", label: t4.connections.code, value: code.value, most: 20, error: (_a = errors.value[0]) == null ? void 0 : _a.text, onText: (text) => {
        code.value = text, seen2.value = void 0;
      } }),
      !seen2.value && a4("button", { type: "submit", disabled: looking.isBusy, children: t4.connections.look })
    ] }),
    (looking.problem ?? redeeming.problem) && a4(Refusal, { problem: looking.problem ?? redeeming.problem }),
    seen2.value && a4("div", { class: "stack tight", children: [
      a4(Notice, { tone: "info", live: !0, children: [
        a4("b", { children: seen2.value.patientName }),
        ": ",
        word(t4.level, seen2.value.permissionLevel),
        seen2.value.scopes.length > 0 && `: ${seen2.value.scopes.map((scope) => word(t4.scope, scope)).join(", ")}`
      ] }),
      a4("button", { type: "button", class: "primary", disabled: redeeming.isBusy, onClick: () => {
        redeeming.run();
      }, children: t4.connections.connect })
    ] }),
    done.value && a4(Notice, { tone: "success", live: !0, children: t4.connections.connected })
  ] });
}

// src/clinical/lines.ts
var slotNames = ["morning", "noon", "evening", "night"], emptyDraft = () => ({ lines: [], diagnosis: "", symptoms: "", note: "", followUp: noDay, reason: "", urgentReason: "", isUrgent: !1, overrides: {} });
function newLine(key, { id, displayName, displayNameKhmer, unit }, words) {
  return {
    key,
    medicine: { id, displayName, displayNameKhmer, unit },
    mode: "words",
    words,
    slots: { morning: "", noon: "", evening: "", night: "" },
    meal: "NONE",
    days: "",
    instructions: ""
  };
}
function keptLine(key, line, isChange) {
  let { medicineId, doseAmount, doseUnit, mealRelation, slots, times, weekdays, everyNDays, everyNHours, maxPer24h, minIntervalHours, quantity, durationDays, steps, instructions, instructionsKhmer } = line, isOnce = line.frequency === "STAT", isByItself = isOnce || line.frequency === "TAPER", sent2 = {
    medicineId,
    doseAmount,
    doseUnit,
    mealRelation,
    slots,
    times,
    weekdays,
    everyNDays,
    everyNHours,
    maxPer24h,
    minIntervalHours,
    quantity,
    durationDays,
    steps,
    instructions,
    instructionsKhmer,
    isPRN: line.isPRN || void 0,
    frequency: isOnce ? "STAT" : void 0,
    ...endOf(line, isChange),
    ...isChange ? { id: line.id, startDate: line.startDate, firstAt: line.firstAt } : {}
  }, needsDays = !isChange && !isByItself && !!line.endDate && !durationDays && !quantity, amount = (slot) => slots != null && slots[slot] ? String(slots[slot]) : "";
  return {
    key,
    id: isChange ? line.id : void 0,
    mode: "kept",
    words: "",
    instructions: instructions ?? "",
    meal: mealRelation,
    days: durationDays ? String(durationDays) : "",
    medicine: { id: medicineId ?? "", displayName: line.medicineName, displayNameKhmer: line.medicineNameKhmer ?? line.medicineName, unit: doseUnit },
    slots: { morning: amount("morning"), noon: amount("noon"), evening: amount("evening"), night: amount("night") },
    kept: { sent: withoutNulls(sent2), text: line.scheduleText, understood: line.understood, needsDays }
  };
}
function endOf(line, isChange) {
  return line.frequency === "STAT" || line.frequency === "TAPER" || line.durationDays ? {} : line.endDate ? isChange && !line.quantity ? { endDate: line.endDate } : {} : { endDate: null };
}
function withoutNulls(sent2) {
  return Object.fromEntries(Object.entries(sent2).filter(([name, value]) => value !== void 0 && (value !== null || name === "endDate")));
}
var beginnings = /^(od|om|on|bd|bid|tds|tid|qds|qid|hs|prn|stat|sos|ac|pc|daily|every|chaque|matin|midi|soir|at|ព្រឹក|ថ្ងៃត្រង់|ល្ងាច|យប់|ពេល.*|q\d+h)$/i, pattern = /^[\d½¼¾.]+-[\d½¼¾.]+(-|$)|^\d+x(\/|$)|^x\d+\//i;
function divide(entry) {
  let tokens = entry.trim().split(/\s+/), place = tokens.findIndex((token, index) => index > 0 && (beginnings.test(token) || pattern.test(plainDigits(token))));
  return place < 0 ? { name: entry.trim(), directions: "" } : { name: tokens.slice(0, place).join(" "), directions: tokens.slice(place).join(" ") };
}
function faults(line) {
  var _a;
  if (line.mode === "words") return line.words.trim() === "" ? [{ field: "words", typed: { is: "empty" } }] : [];
  let wrong = [];
  if (line.mode === "kept") {
    let typed = readNumber(line.days), isDays = typed.is === "number" && typed.value >= 1 && Number.isInteger(typed.value);
    return !((_a = line.kept) != null && _a.needsDays) || isDays ? [] : [{ field: "days", typed: typed.is === "number" ? { is: "wrong", why: "form" } : typed }];
  }
  for (let field of [...slotNames, "days"]) {
    let typed = readNumber(field === "days" ? line.days : line.slots[field]);
    typed.is === "wrong" && wrong.push({ field, typed }), field === "days" && typed.is === "number" && (typed.value < 1 || !Number.isInteger(typed.value)) && wrong.push({ field, typed: { is: "wrong", why: "form" } });
  }
  return slotNames.map((slot) => readNumber(line.slots[slot])).some((typed) => typed.is === "wrong" || typed.is === "number" && typed.value > 0) || wrong.push({ field: "morning", typed: { is: "empty" } }), wrong;
}
function sent(line) {
  var _a;
  let days = readNumber(line.days);
  if (line.mode === "kept" && line.kept) return { ...line.kept.sent, ...line.kept.needsDays && days.is === "number" ? { durationDays: days.value } : {} };
  let common = { id: line.id, medicineId: line.medicine.id, instructions: line.instructions.trim() || void 0, instructionsKhmer: (_a = line.kept) == null ? void 0 : _a.sent.instructionsKhmer };
  if (line.mode === "words") return { ...common, frequency: line.words.trim() };
  let amount = (text) => {
    let typed = readNumber(text);
    return typed.is === "number" ? typed.value : 0;
  };
  return {
    ...common,
    doseUnit: line.medicine.unit,
    mealRelation: line.meal,
    slots: { morning: amount(line.slots.morning), noon: amount(line.slots.noon), evening: amount(line.slots.evening), night: amount(line.slots.night) },
    // Of a line that is changed it has to be said when it has no end any more.
    ...line.days.trim() ? { durationDays: amount(line.days) } : line.id ? { endDate: null } : {}
  };
}
function goesOn(line) {
  return line.mode === "kept" && line.id !== void 0;
}
function lineOf(field) {
  var _a;
  let found = (_a = /^medications\[(\d+)\]/.exec(field)) == null ? void 0 : _a[1];
  return found === void 0 ? void 0 : Number(found);
}

// src/clinical/drafts.ts
var START = "draft:", placeOf2 = ({ patient, what, of }) => {
  var _a;
  return `${START}${(_a = me.value) == null ? void 0 : _a.id}:${patient}${what ? `:${what}:${of}` : ""}`;
};
function kept(aim, revision) {
  try {
    let found = JSON.parse(sessionStorage.getItem(placeOf2(aim)) ?? "null");
    return found && found.revision === revision ? { ...emptyDraft(), ...found.draft } : void 0;
  } catch {
    return;
  }
}
function keep(aim, draft, revision) {
  sessionStorage.setItem(placeOf2(aim), JSON.stringify({ draft, revision }));
}
function forget(aim) {
  sessionStorage.removeItem(placeOf2(aim));
}
function unfinished(patient) {
  let place = placeOf2({ patient });
  return Object.keys(sessionStorage).filter((name) => name === place || name.startsWith(`${place}:`)).map((name) => {
    let [what, of] = name.slice(place.length + 1).split(":");
    return `/clinic/patients/${patient}/prescribe${what ? `?${what}=${of}` : ""}`;
  });
}

// src/clinical/Calendar.tsx
function Calendar({ points }) {
  let first = points[0];
  if (!first) return null;
  let gap = (weekday(first.from) + 6) % 7;
  return a4("div", { children: [
    a4("div", { class: "calendar", "aria-hidden": "true", children: [1, 2, 3, 4, 5, 6, 0].map((day) => a4("b", { class: "muted small", children: t4.weekdays[day] }, day)) }),
    a4("ol", { class: "calendar", children: [
      Array.from({ length: gap }, (_3, place) => a4("li", { "aria-hidden": "true" }, `gap${place}`)),
      points.map((point) => {
        let { taken, counted } = point.counts, kind = counted === 0 ? "none" : taken === counted ? "all" : taken * 2 >= counted ? "some" : "few";
        return a4("li", { class: `day ${kind}`, children: [
          a4("b", { class: "number", "aria-hidden": "true", children: [
            dayAndMonth(point.from)[0],
            a4("span", { class: "month", children: [
              "/",
              dayAndMonth(point.from)[1]
            ] })
          ] }),
          a4("span", { class: "hidden-text", children: [
            shortDate(point.from),
            ": ",
            counted === 0 ? t4.adherence.noneThatDay : t4.adherence.of(taken, counted)
          ] }),
          a4("span", { class: "number", "aria-hidden": "true", children: counted === 0 ? "–" : taken === counted ? `✓ ${taken}` : `${taken}/${counted}` })
        ] }, point.from);
      })
    ] })
  ] });
}

// src/screens/clinic/Adherence.tsx
function AdherenceTab({ id }) {
  let days = query("days") === "90" ? 90 : 28, base = `/clinic/patients/${id}/adherence`, report = useLoad((signal) => get("/adherence/trends", { query: { patientId: id, days }, signal }), [id, days], ["dose.updated"]);
  return a4("div", { class: "stack", children: [
    a4(
      Tabs,
      {
        label: t4.adherence.windows,
        current: days === 90 ? `${base}?days=90` : base,
        of: [{ address: base, text: t4.adherence.window(28) }, { address: `${base}?days=90`, text: t4.adherence.window(90) }]
      }
    ),
    a4(Shown, { of: report, children: (value) => value.counts.counted === 0 ? a4(Empty, { children: t4.adherence.none }) : a4("div", { class: "split", children: [
      a4("section", { class: "card stack tight", "aria-labelledby": "days", children: [
        a4("h2", { id: "days", children: t4.adherence.byDay }),
        a4("p", { class: "muted small", children: t4.adherence.legend }),
        a4(Calendar, { points: value.daily })
      ] }),
      a4("section", { class: "card stack tight", "aria-labelledby": "figures", children: [
        a4("h2", { id: "figures", children: t4.adherence.figures }),
        a4("dl", { class: "facts", children: [
          a4("dt", { children: t4.adherence.taking }),
          a4("dd", { children: a4(Adherence, { figure: value.taking }) }),
          a4("dt", { children: t4.adherence.timing }),
          a4("dd", { children: a4(Adherence, { figure: value.timing }) }),
          a4("dt", { children: t4.adherence.correctDays }),
          a4("dd", { children: a4(Adherence, { figure: value.correctDays }) }),
          a4("dt", { children: t4.adherence.before }),
          a4("dd", { children: a4(Adherence, { figure: value.previous }) }),
          a4("dt", { children: t4.adherence.longestGap }),
          a4("dd", { class: "number", children: t4.days(value.longestGapDays) }),
          a4("dt", { children: t4.adherence.streak }),
          a4("dd", { class: "number", children: t4.days(value.currentStreakDays) })
        ] }),
        value.trend && a4("p", { children: word(t4.adherence.trend, value.trend) }),
        a4("p", { class: "muted small", children: t4.adherence.definition })
      ] })
    ] }) }),
    a4(Missed, { id, days })
  ] });
}
function Missed({ id, days }) {
  let status = useSignal("MISSED"), doses = useLoad(
    (signal) => get("/doses/history", { query: { patientId: id, status: status.value, from: daysAfter(today(), 1 - days), to: today(), limit: 50 }, signal }),
    [id, days, status.value],
    ["dose.updated"]
  );
  return a4("section", { class: "card stack tight", "aria-labelledby": "missed", children: [
    a4("div", { class: "row between", children: [
      a4("h2", { id: "missed", children: t4.adherence.notTaken }),
      a4("div", { class: "row", role: "group", "aria-label": t4.adherence.notTaken, children: ["MISSED", "SKIPPED"].map((one) => a4("button", { type: "button", class: "small", "aria-pressed": status.value === one, onClick: () => {
        status.value = one;
      }, children: [
        status.value === one ? "● " : "",
        word(t4.doseStatus, one)
      ] }, one)) })
    ] }),
    a4(Shown, { of: doses, lines: 4, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.adherence.nothing }) : a4("table", { class: "cards", children: [
      a4("caption", { class: "hidden-text", children: [
        t4.adherence.notTaken,
        ", ",
        date(daysAfter(today(), 1 - days)),
        " – ",
        date(today())
      ] }),
      a4("thead", { children: a4("tr", { children: [
        a4("th", { children: t4.adherence.when }),
        a4("th", { children: t4.adherence.medicine }),
        a4("th", { children: t4.adherence.why })
      ] }) }),
      a4("tbody", { children: items.map((dose) => a4("tr", { children: [
        a4("td", { class: "nowrap", "data-label": t4.adherence.when, children: dateTime(dose.scheduledTime) }),
        a4("td", { "data-label": t4.adherence.medicine, children: [
          a4(DrugName, { name: dose.medicineName, khmer: dose.medicineNameKhmer }),
          " ",
          a4("span", { class: "muted", lang: "en", children: dose.dose })
        ] }),
        a4("td", { "data-label": t4.adherence.why, children: [
          dose.skipReason ? a4(Badge, { children: word(t4.skipReason, dose.skipReason) }) : "–",
          " ",
          dose.notes
        ] })
      ] }, dose.id)) })
    ] }) })
  ] });
}

// src/kit/chart.tsx
var [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 220, 44, 26, 10];
function Chart({ title, unit, points, band, bandSecond, firstName, secondName }) {
  let asTable = useSignal(!1), values = points.flatMap((point) => point.second === void 0 ? [point.first] : [point.first, point.second]), bounds = boundsOf(band), [low, high] = [Math.min(...values, ...bounds), Math.max(...values, ...bounds)], room = (high - low || 1) * 0.08, [bottom, top] = [low - room, high + room], times = points.map((point) => new Date(point.at).getTime()), [from, to] = [Math.min(...times), Math.max(...times)], x3 = (at) => to === from ? (LEFT + WIDTH) / 2 : LEFT + 8 + (new Date(at).getTime() - from) / (to - from) * (WIDTH - LEFT - 20), y5 = (value) => TOP + (top - value) / (top - bottom) * (HEIGHT - TOP - BOTTOM), path = (of) => points.flatMap((point) => {
    let value = of(point);
    return value === void 0 ? [] : [`${x3(point.at).toFixed(1)},${y5(value).toFixed(1)}`];
  }).join(" "), marks = [0, 1, 2, 3].map((step) => bottom + (top - bottom) * step / 3), last = points[points.length - 1], text = (point) => number(point.first, 1) + (point.second === void 0 ? "" : `/${number(point.second, 1)}`), firsts = points.map((point) => point.first), summary = t4.chart.summary(points.length, number(Math.min(...firsts), 1), number(Math.max(...firsts), 1), text(last), unit);
  return a4("figure", { class: "stack tight", children: [
    a4("figcaption", { class: "row between", children: [
      a4("h2", { children: [
        title,
        " ",
        a4("span", { class: "muted small", lang: "en", children: [
          "(",
          unit,
          ")"
        ] })
      ] }),
      a4("button", { type: "button", class: "small", "aria-pressed": asTable.value, onClick: () => {
        asTable.value = !asTable.value;
      }, children: asTable.value ? t4.chart.asChart : t4.chart.asTable })
    ] }),
    a4("p", { class: "small", children: [
      summary,
      bounds.length > 0 ? ` ${t4.chart.target([band, bandSecond].map(inWords).filter(Boolean).join(" / "), unit)}` : ""
    ] }),
    secondName && a4("p", { class: "small muted", children: [
      "━○ ",
      firstName,
      " · ╌● ",
      secondName
    ] }),
    asTable.value ? a4("table", { children: [
      a4("caption", { class: "hidden-text", children: title }),
      a4("thead", { children: a4("tr", { children: [
        a4("th", { children: t4.chart.day }),
        a4("th", { children: secondName ? `${firstName}/${secondName}` : firstName })
      ] }) }),
      a4("tbody", { children: [...points].reverse().map((point) => a4("tr", { children: [
        a4("td", { class: "nowrap", children: shortDate(point.at) }),
        a4("td", { class: "number", children: text(point) })
      ] }, point.at)) })
    ] }) : a4("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: ${summary}`, children: [
      bounds.length > 0 && a4("rect", { class: "band", x: LEFT, width: WIDTH - LEFT, y: y5((band == null ? void 0 : band.max) ?? top), height: Math.max(0, y5((band == null ? void 0 : band.min) ?? bottom) - y5((band == null ? void 0 : band.max) ?? top)) }),
      marks.map((mark) => a4("g", { children: [
        a4("line", { class: "axis", x1: LEFT, x2: WIDTH, y1: y5(mark), y2: y5(mark) }),
        a4("text", { x: LEFT - 6, y: y5(mark) + 4, "text-anchor": "end", children: number(mark, high - low < 10 ? 1 : 0) })
      ] }, mark)),
      a4("text", { x: LEFT + 8, y: HEIGHT - 6, children: shortDate(points[0].at) }),
      a4("text", { x: WIDTH - 4, y: HEIGHT - 6, "text-anchor": "end", children: shortDate(last.at) }),
      a4("polyline", { class: "first", points: path((point) => point.first) }),
      secondName && a4("polyline", { class: "second", points: path((point) => point.second) }),
      points.map((point) => a4("g", { children: [
        a4("circle", { class: "dot1", cx: x3(point.at), cy: y5(point.first), r: "3.5" }),
        point.second !== void 0 && a4("circle", { class: "dot2", cx: x3(point.at), cy: y5(point.second), r: "3.5" })
      ] }, point.at))
    ] })
  ] });
}
function boundsOf(band) {
  return [band == null ? void 0 : band.min, band == null ? void 0 : band.max].filter((bound) => typeof bound == "number");
}
function inWords(band) {
  let [low, high] = [band == null ? void 0 : band.min, band == null ? void 0 : band.max];
  return typeof low == "number" && typeof high == "number" ? `${number(low, 1)}–${number(high, 1)}` : typeof high == "number" ? `0–${number(high, 1)}` : typeof low == "number" ? `${number(low, 1)}+` : "";
}

// src/kit/form.tsx
function FormDialog({ title, text, action, danger, faults: faults2, onSend, onClose, children }) {
  let errors = useSignal([]), sending = useAction(async () => {
    errors.value = (faults2 == null ? void 0 : faults2()) ?? [], errors.value.length === 0 && await onSend();
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
  let read2 = readDay(typed);
  return read2 === "wrong" ? [{ id, text: t4.errors.day.form }] : read2 === "empty" && isNeeded ? [{ id, text: t4.errors.day.missing }] : [];
}
function dayOf(typed) {
  let read2 = readDay(typed);
  return typeof read2 == "object" ? read2.day : void 0;
}

// src/screens/clinic/Bounds.tsx
var rows = [["min", "max", "range"], ["highMin", "highMax", "HIGH"], ["criticalMin", "criticalMax", "CRITICAL"]], names = rows.flatMap(([low, high]) => [low, high]), typedOf = (own) => Object.fromEntries(names.map((name) => [name, typeof (own == null ? void 0 : own[name]) == "number" ? String(own[name]) : ""]));
function read(typed) {
  let limits = {};
  for (let name of names) {
    let value = readNumber(typed[name]);
    value.is === "number" && (limits[name] = value.value);
  }
  return limits;
}
var isEmpty = (limits) => Object.keys(limits).length === 0;
function BoundsForm({ patient, of, type, onDone, onClose }) {
  let now = of.thresholds.find((one) => one.vitalType === type), main = useSignal(typedOf(now == null ? void 0 : now.own)), second = useSignal(typedOf(now == null ? void 0 : now.ownSecondary)), isPressure = type === "BLOOD_PRESSURE", groups = [["bounds", isPressure ? t4.vitals.systolic : word(t4.vital, type), main], ...isPressure ? [["bounds-second", t4.vitals.diastolic, second]] : []], faults2 = () => groups.flatMap(([id, title, typed]) => names.flatMap((name) => {
    let error = numberError(readNumber(typed.value[name]));
    return error ? [{ id: `${id}-${name}`, text: `${title}: ${error}` }] : [];
  }));
  return a4(
    FormDialog,
    {
      title: `${t4.vitals.setBounds}: ${word(t4.vital, type)}`,
      text: t4.vitals.boundsText,
      action: t4.save,
      onClose,
      faults: faults2,
      onSend: async () => {
        let kept2 = of.thresholds.filter((one) => one.vitalType !== type && (one.own || one.ownSecondary)).map((one) => ({ vitalType: one.vitalType, ...one.own, secondary: one.ownSecondary ?? void 0 })), [own, secondary] = [read(main.value), isPressure ? read(second.value) : {}], changed = isEmpty(own) && isEmpty(secondary) ? [] : [{ vitalType: type, ...own, secondary: isEmpty(secondary) ? void 0 : secondary }];
        await put("/health-monitoring/thresholds", {
          query: { patientId: patient },
          revision: of.revision,
          key: newKey(),
          body: { onOxygen: of.onOxygen, pregnant: of.pregnant, spo2Scale: of.spo2Scale, thresholds: [...kept2, ...changed] }
        }), onDone();
      },
      children: (wrong) => groups.map(([id, title, typed]) => a4("fieldset", { class: "stack tight", children: [
        a4("legend", { class: "label", children: [
          title,
          " ",
          a4("span", { class: "muted small", lang: "en", children: [
            "(",
            now == null ? void 0 : now.unit,
            ")"
          ] })
        ] }),
        rows.map(([low, high, row]) => a4("div", { class: "bounds", children: [
          a4("span", { children: row === "range" ? t4.vitals.outOfRange : word(t4.severity, row) }),
          [[low, t4.vitals.below], [high, t4.vitals.above]].map(([name, label]) => a4("div", { children: [
            a4("label", { for: `${id}-${name}`, children: [
              label,
              a4("span", { class: "hidden-text", children: [
                " ",
                row === "range" ? t4.vitals.outOfRange : word(t4.severity, row)
              ] })
            ] }),
            a4(
              "input",
              {
                id: `${id}-${name}`,
                type: "text",
                inputMode: "decimal",
                autocomplete: "off",
                maxLength: 7,
                value: typed.value[name],
                "aria-invalid": wrong(`${id}-${name}`) ? !0 : void 0,
                onInput: (event) => {
                  typed.value = { ...typed.value, [name]: event.currentTarget.value };
                }
              }
            )
          ] }, name))
        ] }, row))
      ] }, id))
    }
  );
}

// src/screens/clinic/Vitals.tsx
var types = ["BLOOD_PRESSURE", "GLUCOSE", "HEART_RATE", "TEMPERATURE", "SPO2", "WEIGHT", "RESPIRATORY_RATE"], units = { BLOOD_PRESSURE: "mmHg", GLUCOSE: "mg/dL", HEART_RATE: "bpm", TEMPERATURE: "°C", SPO2: "%", WEIGHT: "kg", RESPIRATORY_RATE: "/min" }, DAYS = 90;
function VitalsTab({ id }) {
  var _a;
  let type = types.find((one) => one === query("type")) ?? "BLOOD_PRESSURE", base = `/clinic/patients/${id}/vitals`, isPressure = type === "BLOOD_PRESSURE", entering = useSignal(!1), setting = useSignal(!1), trend = useLoad(
    (signal) => get("/health-monitoring/trends", { query: { patientId: id, vitalType: type, from: daysAfter(today(), 1 - DAYS), to: today() }, signal }),
    [id, type],
    ["vital.recorded"]
  ), readings = useLoad(
    (signal) => get("/health-monitoring/vitals", { query: { patientId: id, vitalType: type, limit: 30 }, signal }),
    [id, type],
    ["vital.recorded", "alert.updated"]
  ), bounds = useLoad((signal) => get("/health-monitoring/thresholds", { query: { patientId: id }, signal }), [id]), own = (_a = bounds.value) == null ? void 0 : _a.thresholds.find((one) => one.vitalType === type);
  return a4("div", { class: "stack", children: [
    a4(
      Tabs,
      {
        label: t4.vitals.title,
        current: type === "BLOOD_PRESSURE" ? base : `${base}?type=${type}`,
        of: types.map((one) => ({ address: one === "BLOOD_PRESSURE" ? base : `${base}?type=${one}`, text: word(t4.vital, one) }))
      }
    ),
    a4("div", { class: "row", children: [
      a4("button", { type: "button", class: "primary", onClick: () => {
        entering.value = !0;
      }, children: t4.vitals.enter }),
      bounds.value && a4("button", { type: "button", onClick: () => {
        setting.value = !0;
      }, children: t4.vitals.setBounds })
    ] }),
    a4("section", { class: "card", children: [
      a4(Shown, { of: trend, children: (value) => value.buckets.length === 0 ? a4(Empty, { children: t4.vitals.noneOf(word(t4.vital, type), DAYS) }) : a4(
        Chart,
        {
          title: word(t4.vital, type),
          unit: value.unit,
          band: value.target,
          bandSecond: value.targetSecondary,
          firstName: isPressure ? t4.vitals.systolic : word(t4.vital, type),
          secondName: isPressure ? t4.vitals.diastolic : void 0,
          points: value.buckets.map((bucket) => {
            var _a2;
            return { at: `${bucket.from}T12:00:00+07:00`, first: bucket.value.mean, second: (_a2 = bucket.valueSecondary) == null ? void 0 : _a2.mean };
          })
        }
      ) }),
      own && (own.setAt ? a4("p", { class: "muted small", children: [
        t4.vitals.ownBounds,
        ", ",
        date(own.setAt)
      ] }) : a4("p", { class: "muted small", children: [
        t4.vitals.defaultBounds,
        ": ",
        a4("span", { lang: "en", children: own.defaultSource })
      ] }))
    ] }),
    a4("section", { class: "card stack tight", "aria-labelledby": "readings", children: [
      a4("h2", { id: "readings", children: t4.vitals.readings }),
      a4(Shown, { of: readings, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.vitals.none }) : a4("table", { class: "cards", children: [
        a4("caption", { class: "hidden-text", children: t4.vitals.readings }),
        a4("thead", { children: a4("tr", { children: [
          a4("th", { children: t4.vitals.when }),
          a4("th", { children: t4.vitals.value }),
          a4("th", { children: t4.vitals.grade }),
          a4("th", { children: t4.vitals.notes })
        ] }) }),
        a4("tbody", { children: items.map((one) => a4("tr", { children: [
          a4("td", { class: "nowrap", "data-label": t4.vitals.when, children: dateTime(one.measuredAt) }),
          a4("td", { "data-label": t4.vitals.value, children: a4("b", { children: a4(VitalValue, { of: one }) }) }),
          a4("td", { "data-label": t4.vitals.grade, children: [
            one.severity ? a4(SeverityBadge, { severity: one.severity }) : t4.vitals.inTarget,
            one.enteredInError && a4("span", { class: "muted", children: [
              " ",
              t4.vitals.withdrawn
            ] })
          ] }),
          a4("td", { "data-label": t4.vitals.notes, children: [
            one.context ? word(t4.context, one.context) : "",
            " ",
            one.notes
          ] })
        ] }, one.id)) })
      ] }) })
    ] }),
    setting.value && bounds.value && a4(BoundsForm, { patient: id, of: bounds.value, type, onDone: () => {
      setting.value = !1, bounds.reload(), trend.reload(), readings.reload();
    }, onClose: () => {
      setting.value = !1;
    } }),
    entering.value && a4(Enter, { id, type, onClose: () => {
      entering.value = !1;
    }, onDone: () => {
      trend.reload(), readings.reload();
    } })
  ] });
}
function Enter({ id, type: first, onClose, onDone }) {
  let type = useSignal(first), [value, second, notes] = [useSignal(""), useSignal(""), useSignal("")], key = useSignal(newKey()), errors = useSignal([]), saved = useSignal(void 0), isPressure = type.value === "BLOOD_PRESSURE", read2 = (name, text) => {
    let typed = readNumber(text);
    if (typed.is === "number") return typed.value;
    errors.value = [...errors.value, { id: name, text: numberError(typed) ?? t4.errors.number.missing }];
  }, saving = useAction(async () => {
    errors.value = [];
    let main = read2("vital-value", value.value), other = isPressure ? read2("vital-second", second.value) : void 0;
    if (main === void 0 || errors.value.length > 0) return;
    let body = {
      patientId: id,
      vitalType: type.value,
      value: main,
      valueSecondary: other,
      unit: units[type.value],
      notes: notes.value.trim() || void 0,
      source: "CLINIC"
    };
    saved.value = await post("/health-monitoring/vitals", { body, key: key.value }), key.value = newKey(), onDone();
  }), wrong = (name) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === name)) == null ? void 0 : _a.text;
  };
  return a4(Dialog, { title: t4.vitals.enter, onClose, children: saved.value ? a4($, { children: [
    a4(Notice, { tone: saved.value.severity ? "warning" : "success", live: !0, children: [
      a4("p", { children: [
        a4("b", { children: [
          word(t4.vital, saved.value.vitalType),
          " ",
          a4(VitalValue, { of: saved.value })
        ] }),
        " ",
        t4.vitals.saved
      ] }),
      saved.value.severity && a4("p", { children: a4(SeverityBadge, { severity: saved.value.severity }) }),
      saved.value.message && a4("p", { children: saved.value.message })
    ] }),
    a4("div", { class: "row", children: a4("button", { type: "button", class: "primary", onClick: onClose, children: t4.close }) })
  ] }) : a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), saving.run();
  }, children: [
    a4(ErrorSummary, { errors: errors.value }),
    saving.problem && a4(Refusal, { problem: saving.problem }),
    a4(Choice, { label: t4.vitals.what, value: type.value, of: types.map((one) => [one, word(t4.vital, one)]), onChoice: (one) => {
      type.value = one;
    } }),
    a4("div", { class: "fields", children: [
      a4(Text, { id: "vital-value", label: `${isPressure ? t4.vitals.systolic : t4.vitals.value} (${units[type.value]})`, mode: "decimal", most: 8, value: value.value, error: wrong("vital-value"), onText: (text) => {
        value.value = text;
      } }),
      isPressure && a4(Text, { id: "vital-second", label: `${t4.vitals.diastolic} (mmHg)`, mode: "decimal", most: 8, value: second.value, error: wrong("vital-second"), onText: (text) => {
        second.value = text;
      } })
    ] }),
    a4(Text, { label: t4.vitals.notes, most: 500, value: notes.value, onText: (text) => {
      notes.value = text;
    } }),
    a4("div", { class: "row", children: [
      a4("button", { type: "submit", class: "primary", disabled: saving.isBusy, children: t4.save }),
      a4("button", { type: "button", onClick: onClose, children: t4.cancel })
    ] })
  ] }) });
}

// src/screens/clinic/NoAccess.tsx
function NoAccess({ id, problem, onOpen }) {
  let breaking = useSignal(!1), asked = useSignal(!1), asking = useAction(async () => {
    await post("/connections", { body: { targetUserId: id } }), asked.value = !0;
  });
  return a4("div", { class: "stack", children: [
    a4("h1", { children: t4.noAccess.title }),
    a4(Refusal, { problem }),
    asked.value ? a4(Notice, { tone: "success", live: !0, children: t4.noAccess.asked }) : a4("div", { class: "row", children: [
      a4("button", { type: "button", class: "primary", disabled: asking.isBusy, onClick: () => {
        asking.run();
      }, children: t4.noAccess.ask }),
      a4("button", { type: "button", class: "danger", onClick: () => {
        breaking.value = !0;
      }, children: t4.noAccess.emergency })
    ] }),
    asking.problem && a4(Refusal, { problem: asking.problem }),
    breaking.value && a4(
      ReasonDialog,
      {
        title: t4.noAccess.emergency,
        text: t4.noAccess.told,
        label: t4.reason,
        action: t4.noAccess.openNow,
        danger: !0,
        onClose: () => {
          breaking.value = !1;
        },
        onDone: async (reason) => {
          await post("/patients/{id}/break-glass", { path: { id }, body: { reason } }), breaking.value = !1, onOpen();
        }
      }
    )
  ] });
}

// src/core/list.ts
var MOST2 = 100;
function useList(fetch2, deps, kinds3, { step, steady }) {
  let wanted = T2(step), places = T2(/* @__PURE__ */ new Map());
  w2(() => {
    wanted.current = step, places.current = /* @__PURE__ */ new Map();
  }, deps);
  let loaded = useLoad(async (signal) => {
    let page = await collect(fetch2, wanted.current, signal), known = places.current, items = steady && known.size > 0 ? keepPlaces(page.items, known) : page.items;
    return signal.aborted || (places.current = new Map(items.map((one, place) => [one.id, place]))), { ...page, items };
  }, deps, kinds3);
  return { ...loaded, grow: () => {
    wanted.current += step, loaded.reload();
  } };
}
async function collect(fetch2, wanted, signal) {
  let items = [], cursor;
  do {
    let page = await fetch2({ limit: Math.min(MOST2, wanted - items.length), cursor }, signal);
    items.push(...page.items), cursor = page.nextCursor ?? void 0;
  } while (cursor && items.length < wanted);
  return { items, nextCursor: cursor };
}
function keepPlaces(items, places) {
  let placeOf4 = (one) => places.get(one.id) ?? places.size;
  return [...items].sort((one, other) => placeOf4(one) - placeOf4(other));
}

// src/screens/clinic/Notes.tsx
var MOST3 = 4e3;
function NotesTab({ id, name }) {
  let notes = useList((page, signal) => get("/doctor/notes", { query: { patientId: id, ...page }, signal }), [id], ["connection.changed"], { step: 20 });
  return a4("div", { class: "stack", children: [
    a4("p", { class: "muted", children: t4.notes.about }),
    a4(Shown, { of: notes, children: ({ items, nextCursor }) => a4($, { children: [
      a4(Writing, { id, onDone: notes.reload }),
      items.length === 0 ? a4(Empty, { children: t4.notes.none }) : a4("ul", { class: "stack tight", children: items.map((one) => a4("li", { children: a4(NoteCard, { note: one, name, onChange: notes.reload }) }, one.id)) }),
      nextCursor && a4(Growing, { list: notes })
    ] }) })
  ] });
}
function missing(id, text) {
  return text.trim() ? [] : [{ id, text: t4.notes.missing }];
}
function Writing({ id, onDone }) {
  var _a;
  let text = useSignal(""), key = useSignal(newKey()), errors = useSignal([]), saving = useAction(async () => {
    errors.value = missing("note", text.value), !(errors.value.length > 0) && (await post("/doctor/notes", { body: { patientId: id, text: text.value.trim(), isShared: !1 }, key: key.value }), text.value = "", key.value = newKey(), onDone());
  });
  return A2(() => {
    let isLosing = () => text.value.trim() !== "", warn = (event) => {
      isLosing() && event.preventDefault();
    };
    return guard(() => !isLosing() || confirm(t4.notes.leave)), addEventListener("beforeunload", warn), () => {
      guard(void 0), removeEventListener("beforeunload", warn);
    };
  }, []), a4("form", { class: "card stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), saving.run();
  }, children: [
    a4(ErrorSummary, { errors: errors.value }),
    saving.problem && a4(Refusal, { problem: saving.problem }),
    a4(Area, { id: "note", label: t4.notes.write, hint: t4.notes.writeHint, value: text.value, most: MOST3, error: (_a = errors.value[0]) == null ? void 0 : _a.text, onText: (typed) => {
      text.value = typed;
    } }),
    a4("div", { class: "row", children: a4("button", { type: "submit", class: "primary", disabled: saving.isBusy, children: t4.save }) })
  ] });
}
function NoteCard({ note, name, onChange }) {
  let asking = useSignal(void 0), close = () => {
    asking.value = void 0;
  }, done = () => {
    close(), onChange();
  }, which = dateTime(note.createdAt), offers = [["change", t4.notes.change], note.isShared ? ["unshare", t4.notes.unshare] : ["share", t4.notes.share], ["remove", t4.notes.remove]];
  return a4("article", { class: "alert-card", children: [
    a4("div", { class: "row between", children: [
      a4("b", { children: which }),
      note.isShared ? a4(Badge, { tone: "warning", children: t4.notes.shared }) : a4(Badge, { children: t4.notes.own })
    ] }),
    a4("p", { class: "as-written", children: note.text }),
    note.earlier.length > 0 && a4(Earlier, { note }),
    a4("div", { class: "row", children: offers.map(([what, text]) => a4("button", { type: "button", class: what === "remove" ? "small danger" : "small", onClick: () => {
      asking.value = what;
    }, children: [
      text,
      a4("span", { class: "hidden-text", children: [
        " ",
        which
      ] })
    ] }, what)) }),
    asking.value === "change" && a4(Changing, { note, name, onDone: done, onClose: close }),
    asking.value === "share" && a4(FormDialog, { title: t4.notes.share, text: t4.notes.shareText(name), action: t4.notes.shareYes, onClose: close, onSend: async () => {
      await patch("/doctor/notes/{id}", { path: { id: note.id }, body: { isShared: !0 } }), done();
    }, children: () => a4("blockquote", { class: "as-written read-back", children: note.text }) }),
    asking.value === "unshare" && a4(FormDialog, { title: t4.notes.unshare, text: t4.notes.unshareText(name), action: t4.notes.unshare, onClose: close, onSend: async () => {
      await patch("/doctor/notes/{id}", { path: { id: note.id }, body: { isShared: !1 } }), done();
    } }),
    asking.value === "remove" && a4(FormDialog, { title: t4.notes.remove, text: t4.notes.removeText, action: t4.notes.remove, danger: !0, onClose: close, onSend: async () => {
      await remove("/doctor/notes/{id}", { path: { id: note.id } }), done();
    } })
  ] });
}
function Changing({ note, name, onDone, onClose }) {
  let text = useSignal(note.text);
  return a4(
    FormDialog,
    {
      title: t4.notes.change,
      text: note.isShared ? t4.notes.changeShared(name) : t4.notes.changeText,
      action: t4.save,
      faults: () => missing("note-text", text.value),
      onClose,
      onSend: async () => {
        text.value.trim() !== note.text && await patch("/doctor/notes/{id}", { path: { id: note.id }, body: { text: text.value.trim() } }), onDone();
      },
      children: (wrong) => a4(Area, { id: "note-text", label: t4.notes.text, value: text.value, most: MOST3, error: wrong("note-text"), onText: (typed) => {
        text.value = typed;
      } })
    }
  );
}
function Earlier({ note }) {
  return a4("details", { children: [
    a4("summary", { children: t4.notes.earlier(note.earlier.length) }),
    a4("ol", { class: "list", children: [...note.earlier].reverse().map((one) => a4("li", { children: [
      a4("p", { class: "row", children: [
        a4("span", { class: "muted small", children: [
          t4.notes.from,
          " ",
          dateTime(one.at)
        ] }),
        one.isShared && a4(Badge, { tone: "warning", children: t4.notes.shared })
      ] }),
      a4("p", { class: "as-written", children: one.text })
    ] }, one.at)) })
  ] });
}

// src/screens/clinic/Paper.tsx
function Paper({ value, name, record }) {
  let allergies = (record == null ? void 0 : record.allergies.map((one) => one.substance ?? one.ingredients.join(", ")).filter(Boolean)) ?? [];
  return a4("div", { class: "paper", "aria-hidden": "true", children: [
    a4("div", { class: "row between", children: [
      a4("b", { children: t4.prescription.title }),
      a4("span", { children: date(value.activatedAt ?? value.createdAt) })
    ] }),
    a4("p", { children: [
      a4("b", { children: name }),
      (record == null ? void 0 : record.dateOfBirth) && ` · ${t4.patient.age(yearsSince(record.dateOfBirth))} (${date(record.dateOfBirth)})`,
      (record == null ? void 0 : record.gender) && ` · ${word(t4.gender, record.gender)}`,
      (record == null ? void 0 : record.weightKg) && ` · ${number(record.weightKg, 1)} kg`
    ] }),
    allergies.length > 0 && a4("p", { children: a4("b", { children: [
      t4.record.allergy,
      ": ",
      a4("span", { lang: "en", children: allergies.join(", ") })
    ] }) }),
    record && allergies.length === 0 && a4("p", { children: record.noKnownAllergies ? t4.record.noAllergies : t4.record.allergiesUnknown }),
    value.diagnosis && a4("p", { children: [
      t4.prescribe.diagnosis,
      ": ",
      value.diagnosis
    ] }),
    a4("table", { children: [
      a4("thead", { children: a4("tr", { children: [
        a4("th", { children: t4.prescription.medicines }),
        slotNames.map((slot) => a4("th", { children: t4.slot[slot] }, slot)),
        a4("th", { children: t4.prescribe.days })
      ] }) }),
      a4("tbody", { children: value.medications.map((line, place) => a4("tr", { children: [
        a4("td", { children: [
          place + 1,
          ". ",
          a4("b", { lang: "en", children: line.medicineName }),
          line.medicineNameKhmer && a4("span", { lang: "km", children: [
            " ",
            line.medicineNameKhmer
          ] }),
          a4("p", { lang: "km", children: [
            line.scheduleText.khmer,
            line.instructionsKhmer && ` · ${line.instructionsKhmer}`
          ] }),
          line.instructions && a4("p", { lang: "en", children: line.instructions })
        ] }),
        slotNames.map((slot) => {
          var _a;
          return a4("td", { class: "number", children: (_a = line.slots) != null && _a[slot] ? number(line.slots[slot]) : "–" }, slot);
        }),
        a4("td", { class: "number", children: line.durationDays ?? (line.endDate ? date(line.endDate) : "–") })
      ] }, line.id)) })
    ] }),
    value.followUpDate && a4("p", { children: [
      t4.prescription.followUp,
      ": ",
      date(value.followUpDate)
    ] }),
    a4("div", { class: "row between signature", children: [
      a4("span", { children: [
        t4.prescription.versionNumber(value.version),
        " · ",
        a4("span", { lang: "en", children: value.id.slice(-12) })
      ] }),
      a4("span", { children: value.author.fullName })
    ] })
  ] });
}

// src/screens/clinic/PrescribeLine.tsx
function PrescribeLine({ line, place, understood, refused, notices, findings, overrides, isStrict, onChange, onOverride, onRemove, onDone }) {
  var _a;
  let wrong = faults(line), errorOf = (field) => {
    let fault = wrong.find((one) => one.field === field);
    if (fault)
      return fault.typed.is === "empty" ? isStrict ? missingText(field) : void 0 : numberError(fault.typed);
  }, id = (field) => `line-${line.key}-${field}`, onKey = (event) => {
    event.key === "Delete" && event.ctrlKey && (event.preventDefault(), onRemove()), event.key === "Enter" && !event.ctrlKey && event.target.tagName === "INPUT" && (event.preventDefault(), onDone());
  }, isStopped2 = findings.some((finding) => {
    var _a2;
    return finding.tier === "STOP" && !((_a2 = overrides[finding.id]) != null && _a2.reason);
  });
  return a4("li", { class: `line ${isStopped2 ? "stopped" : ""}`, onKeyDown: onKey, "aria-label": `${place + 1}. ${line.medicine.displayName}`, children: [
    a4("div", { class: "row between", children: [
      a4("span", { children: [
        a4("span", { class: "muted number", children: [
          place + 1,
          "."
        ] }),
        " ",
        a4(DrugName, { name: line.medicine.displayName, khmer: line.medicine.displayNameKhmer })
      ] }),
      a4("div", { class: "row", children: [
        modes(line).map(([mode, text], place2) => a4("button", { id: place2 === 0 ? id("mode") : void 0, type: "button", class: "small", onClick: () => onChange({ ...line, mode }), children: [
          text,
          a4("span", { class: "hidden-text", children: [
            " ",
            line.medicine.displayName
          ] })
        ] }, mode)),
        a4("button", { type: "button", class: "small danger", onClick: onRemove, children: [
          t4.prescribe.remove,
          a4("span", { class: "hidden-text", children: [
            " ",
            line.medicine.displayName
          ] })
        ] })
      ] })
    ] }),
    line.mode === "kept" ? a4($, { children: [
      a4("p", { children: [
        line.kept && say(line.kept.text),
        " ",
        a4("span", { class: "muted small", children: t4.prescribe.asBefore })
      ] }),
      ((_a = line.kept) == null ? void 0 : _a.needsDays) && a4(Text, { id: id("days"), label: t4.prescribe.daysNow, mode: "numeric", most: 4, value: line.days, error: errorOf("days"), onText: (days) => onChange({ ...line, days }) }),
      refused.length > 0 && a4("p", { class: "error", children: refused.join(" ") })
    ] }) : line.mode === "words" ? a4(
      Text,
      {
        id: id("words"),
        label: t4.prescribe.words,
        hint: t4.prescribe.wordsHint,
        most: 300,
        value: line.words,
        error: errorOf("words") ?? (refused.length > 0 ? refused.join(" ") : void 0),
        onText: (words) => onChange({ ...line, words })
      }
    ) : a4($, { children: [
      a4("div", { class: "slots", children: slotNames.map((slot) => a4("div", { class: slot, children: [
        a4("label", { for: id(slot), children: t4.slot[slot] }),
        a4(
          "input",
          {
            id: id(slot),
            type: "text",
            inputMode: "decimal",
            autocomplete: "off",
            maxLength: 8,
            value: line.slots[slot],
            "aria-invalid": errorOf(slot) ? !0 : void 0,
            "aria-describedby": errorOf(slot) ? id("slots-error") : void 0,
            onInput: (event) => onChange({ ...line, slots: { ...line.slots, [slot]: event.currentTarget.value } })
          }
        )
      ] }, slot)) }),
      slotNames.some((slot) => errorOf(slot)) && a4("p", { class: "error", id: id("slots-error"), children: slotNames.map(errorOf).find(Boolean) }),
      refused.length > 0 && a4("p", { class: "error", children: refused.join(" ") }),
      a4("div", { class: "fields", children: [
        a4(Choice, { label: t4.prescribe.meal, value: line.meal, of: Object.entries(t4.meal), onChoice: (meal) => onChange({ ...line, meal }) }),
        a4(Text, { id: id("days"), label: t4.prescribe.days, hint: t4.prescribe.daysHint, mode: "numeric", most: 4, value: line.days, error: errorOf("days"), onText: (days) => onChange({ ...line, days }) }),
        a4("p", { class: "hint", children: [
          t4.prescribe.unit,
          ": ",
          word(t4.unit, line.medicine.unit)
        ] })
      ] })
    ] }),
    understood && a4("div", { role: "status", children: [
      a4("p", { class: "muted small", children: t4.prescribe.understood }),
      a4("p", { class: "read-back", children: say(understood) }),
      language === "en" && a4("p", { class: "small muted", lang: "km", children: understood.khmer })
    ] }),
    notices.map((notice) => a4(Notice, { tone: "info", children: say(notice.text) }, notice.code + notice.field)),
    findings.map((finding) => a4(Finding, { finding, override: overrides[finding.id], onOverride }, finding.id))
  ] });
}
function missingText(field) {
  return field === "days" ? t4.prescribe.daysMissing : field === "words" ? t4.prescribe.wordsMissing : t4.prescribe.slotsMissing;
}
function modes(line) {
  return [...line.kept ? [["kept", t4.prescribe.asBeforeAction]] : [], ["words", t4.prescribe.asWords], ["grid", t4.prescribe.asGrid]].filter(([mode]) => mode !== line.mode);
}
function Finding({ finding, override, onOverride }) {
  let others = finding.medicines.filter((one) => one.medicationIndex === null || one.medicationIndex === void 0), id = `finding-${finding.id.replace(/[^a-zA-Z0-9]/g, "-")}`;
  return a4("div", { class: `finding ${finding.tier}`, role: finding.tier === "STOP" && onOverride ? "alert" : void 0, children: [
    a4("p", { children: a4("b", { children: [
      word(t4.tier, finding.tier),
      ": ",
      say(finding.effect)
    ] }) }),
    finding.detail && a4("p", { children: say(finding.detail) }),
    a4("p", { children: say(finding.action) }),
    others.length > 0 && a4("p", { class: "small", children: [
      t4.prescribe.with,
      ": ",
      a4("span", { lang: "en", children: others.map((one) => one.name ?? t4.prescribe.hidden).join(", ") })
    ] }),
    a4("p", { class: "small", children: [
      t4.prescribe.source,
      ": ",
      a4("span", { lang: "en", children: [
        finding.source,
        finding.year ? ` (${finding.year})` : ""
      ] }),
      !finding.verified && ` · ${t4.prescribe.unverified}`
    ] }),
    finding.tier === "STOP" && onOverride && (finding.overrideReasons.length === 0 ? a4("p", { children: a4("b", { children: t4.prescribe.noOverride }) }) : a4("div", { class: "fields", children: [
      a4(
        Choice,
        {
          id,
          label: t4.prescribe.reason,
          value: (override == null ? void 0 : override.reason) ?? "",
          of: [["", t4.prescribe.choose], ...finding.overrideReasons.map((reason) => [reason, word(t4.override, reason)])],
          onChoice: (reason) => onOverride(finding.id, reason, (override == null ? void 0 : override.note) ?? "")
        }
      ),
      (override == null ? void 0 : override.reason) && a4(
        Text,
        {
          id: `${id}-note`,
          label: override.reason === "OTHER" ? t4.prescribe.reasonWords : t4.prescribe.reasonNote,
          most: 500,
          value: override.note,
          onText: (note) => onOverride(finding.id, override.reason, note)
        }
      )
    ] }))
  ] });
}

// src/screens/clinic/Prescription.tsx
function PrescriptionPage({ id }) {
  let one = useLoad((signal) => get("/prescriptions/{id}", { path: { id }, signal }), [id], ["prescription.changed"]);
  return a4(Shown, { of: one, children: (value) => a4(Whole, { value, onChange: one.reload }) });
}
function Whole({ value, onChange }) {
  let chart = useChart(value.patientId), versions = useLoad((signal) => get("/prescriptions/{id}/versions", { path: { id: value.id }, query: { limit: 50 }, signal }), [value.id, value.revision], ["prescription.changed"]), isRunning = ["ACTIVE", "PAUSED", "PENDING_CONFIRMATION", "PENDING_REVISION"].includes(value.status);
  return a4("div", { class: "stack", children: [
    value.status === "ACTIVE" && a4(Paper, { value, name: nameOf(chart.person.value), record: chart.record.value }),
    a4(Banner, { id: value.patientId, chart, children: a4("a", { class: "button", href: `/clinic/patients/${value.patientId}`, children: t4.prescription.toPatient }) }),
    a4("div", { class: "row between", children: [
      a4("h2", { class: "row", children: [
        value.diagnosis ?? t4.prescription.title,
        " ",
        a4(StatusBadge, { status: value.status }),
        value.isUrgent && a4(Badge, { tone: "danger", children: t4.prescription.urgent })
      ] }),
      a4(Actions, { value, onChange })
    ] }),
    value.status === "PENDING_CONFIRMATION" && a4(Notice, { tone: "info", children: t4.prescription.waits }),
    value.pendingVersion && a4(Notice, { tone: "info", children: t4.prescription.versionWaits(value.pendingVersion) }),
    value.reason && a4(Notice, { tone: "warning", children: [
      t4.reason,
      ": ",
      value.reason
    ] }),
    a4("div", { class: "split", children: [
      a4("section", { class: "card stack tight", "aria-labelledby": "lines", children: [
        a4("h2", { id: "lines", children: t4.prescription.medicines }),
        a4("ul", { class: "list", children: value.medications.map((line) => a4("li", { children: a4(MedicationLine, { line }) }, line.id)) }),
        value.overrides.length > 0 && a4($, { children: [
          a4("h3", { children: t4.prescription.overrides }),
          a4("ul", { class: "list", children: value.overrides.map((one) => a4("li", { children: [
            one.effect && a4("p", { children: say(one.effect) }),
            a4("p", { class: "muted", children: [
              word(t4.override, one.reason),
              one.note && `: ${one.note}`
            ] })
          ] }, one.findingId)) })
        ] })
      ] }),
      a4("section", { class: "card stack tight", "aria-labelledby": "about", children: [
        a4("h2", { id: "about", children: t4.prescription.about }),
        a4("dl", { class: "facts", children: [
          a4("dt", { children: t4.prescription.by }),
          a4("dd", { children: value.author.fullName }),
          a4("dt", { children: t4.prescription.made }),
          a4("dd", { children: dateTime(value.createdAt) }),
          a4("dt", { children: t4.prescription.version }),
          a4("dd", { class: "number", children: value.version }),
          value.followUpDate && [a4("dt", { children: t4.prescription.followUp }, "t"), a4("dd", { children: date(value.followUpDate) }, "d")],
          value.symptoms && [a4("dt", { children: t4.prescription.symptoms }, "t"), a4("dd", { children: value.symptoms }, "d")],
          value.clinicalNote && [a4("dt", { children: t4.prescription.note }, "t"), a4("dd", { children: value.clinicalNote }, "d")],
          value.urgentReason && [a4("dt", { children: t4.prescription.urgentReason }, "t"), a4("dd", { children: value.urgentReason }, "d")]
        ] })
      ] })
    ] }),
    isRunning && a4(Safety, { id: value.id }),
    a4("section", { class: "card stack tight", "aria-labelledby": "versions", children: [
      a4("h2", { id: "versions", children: t4.prescription.versions }),
      a4(Shown, { of: versions, lines: 4, children: ({ items }) => items.length === 0 ? a4(Empty, { children: "–" }) : a4("ol", { class: "list", children: items.map((version) => a4("li", { class: "stack tight", children: [
        a4("div", { class: "row", children: [
          a4("b", { children: t4.prescription.versionNumber(version.number) }),
          a4(Badge, { children: word(t4.versionState, version.state) }),
          a4("span", { class: "muted small", children: [
            version.author.fullName,
            ", ",
            dateTime(version.createdAt)
          ] })
        ] }),
        version.reason && a4("p", { children: [
          t4.reason,
          ": ",
          version.reason
        ] }),
        version.number !== value.version && a4("details", { children: [
          a4("summary", { children: [
            t4.prescription.content,
            a4("span", { class: "hidden-text", children: [
              " ",
              t4.prescription.versionNumber(version.number)
            ] })
          ] }),
          a4("ul", { class: "list", children: version.medications.map((line) => a4("li", { children: a4(MedicationLine, { line }) }, line.id)) })
        ] }),
        version.changes.length > 0 ? a4("ul", { children: version.changes.map((change) => a4("li", { children: [
          "• ",
          say(change)
        ] }, change.english)) }) : a4("p", { class: "muted", children: t4.prescription.first })
      ] }, version.id)) }) })
    ] })
  ] });
}
function Safety({ id }) {
  let found = useSignal(void 0), checking = useAction(async () => {
    found.value = await get("/prescriptions/{id}/safety", { path: { id } });
  }), told = found.value;
  return a4("section", { class: "card stack tight", "aria-label": t4.prescription.check, children: [
    a4("div", { class: "row between", children: [
      a4("h2", { children: told ? t4.prescription.checked : t4.prescription.check }),
      a4("button", { type: "button", class: "small", disabled: checking.isBusy, onClick: () => {
        checking.run();
      }, children: told ? t4.health.again : t4.prescription.check })
    ] }),
    checking.problem && a4(Refusal, { problem: checking.problem }),
    told && told.findings.length === 0 && a4(Notice, { tone: "success", live: !0, children: t4.prescription.nothingFound }),
    told == null ? void 0 : told.findings.map((finding) => a4(Finding, { finding }, finding.id)),
    told && told.notChecked.length > 0 && a4("details", { open: told.findings.length === 0, children: [
      a4("summary", { children: t4.prescribe.notChecked(told.notChecked.length) }),
      a4("ul", { children: told.notChecked.map((one) => a4("li", { children: [
        "• ",
        say(one.why)
      ] }, one.what + one.fields.join())) })
    ] })
  ] });
}
function allowed(value) {
  var _a;
  if (value.author.id !== ((_a = me.value) == null ? void 0 : _a.id)) return [];
  switch (value.status) {
    case "DRAFT":
    case "PENDING_CONFIRMATION":
      return ["change", "discard"];
    case "ACTIVE":
      return ["change", "pause", "stop"];
    case "PAUSED":
      return ["change", "resume", "stop"];
    case "PENDING_REVISION":
      return ["change"];
    default:
      return [];
  }
}
function Actions({ value, onChange }) {
  let asking = useSignal(void 0), path = { id: value.id }, resuming = useAction(async () => {
    await post("/prescriptions/{id}/resume", { path, key: newKey() }), onChange();
  }), done = () => {
    asking.value = void 0, onChange();
  }, discarding = useAction(async () => {
    await post("/prescriptions/{id}/discard", { path, key: newKey() }), done();
  });
  return a4("div", { class: "row", children: [
    allowed(value).map((one) => one === "change" ? a4("a", { class: "button primary", href: `/clinic/patients/${value.patientId}/prescribe?change=${value.id}`, children: value.status === "DRAFT" ? t4.prescription.goOn : t4.prescription.change }, one) : a4(
      "button",
      {
        type: "button",
        class: one === "stop" || one === "discard" ? "danger" : "",
        disabled: resuming.isBusy,
        onClick: () => {
          one === "resume" ? resuming.run() : asking.value = one;
        },
        children: t4.prescription[one]
      },
      one
    )),
    value.status === "ACTIVE" && a4("button", { type: "button", onClick: () => print(), children: t4.prescription.print }),
    mayRepeat(value) && a4("a", { class: "button", href: `/clinic/patients/${value.patientId}/prescribe?repeat=${value.id}`, children: t4.prescription.repeat }),
    resuming.problem && a4(Refusal, { problem: resuming.problem }),
    (asking.value === "stop" || asking.value === "pause") && a4(
      ReasonDialog,
      {
        title: t4.prescription[asking.value],
        text: asking.value === "stop" ? t4.prescription.stopText : t4.prescription.pauseText,
        label: t4.reason,
        action: t4.prescription[asking.value],
        danger: asking.value === "stop",
        onClose: () => {
          asking.value = void 0;
        },
        onDone: async (reason) => {
          asking.value === "stop" ? await post("/prescriptions/{id}/stop", { path, body: { reason }, key: newKey() }) : await post("/prescriptions/{id}/pause", { path, body: { reason }, key: newKey() }), done();
        }
      }
    ),
    asking.value === "discard" && a4(Dialog, { title: t4.prescription.discard, onClose: () => {
      asking.value = void 0;
    }, children: [
      a4("p", { children: value.status === "DRAFT" ? t4.prescription.discardText : t4.prescription.takeBackText }),
      discarding.problem && a4(Refusal, { problem: discarding.problem }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "danger", disabled: discarding.isBusy, onClick: () => {
          discarding.run();
        }, children: t4.prescription.discard }),
        a4("button", { type: "button", onClick: () => {
          asking.value = void 0;
        }, children: t4.cancel })
      ] })
    ] })
  ] });
}
function mayRepeat(value) {
  return value.status !== "DRAFT" && value.medications.length > 0 && value.medications.every((line) => line.medicineId);
}

// src/screens/clinic/RecordForms.tsx
var options = (of) => Object.entries(of);
function AllergyForm({ patient, entry, onDone, onClose }) {
  let substance = useSignal(""), reaction = useSignal((entry == null ? void 0 : entry.reaction) ?? "UNKNOWN"), severity = useSignal((entry == null ? void 0 : entry.severity) ?? "UNKNOWN"), note = useSignal((entry == null ? void 0 : entry.note) ?? "");
  return a4(
    FormDialog,
    {
      title: entry ? `${t4.record.change}: ${allergyText(entry)}` : t4.record.addAllergy,
      action: t4.save,
      onClose,
      faults: () => entry || substance.value.trim() ? [] : [{ id: "allergy-substance", text: t4.record.substanceMissing }],
      onSend: async () => {
        var _a;
        let said2 = { reaction: reaction.value, severity: severity.value };
        entry ? await patch("/allergies/{id}", { path: { id: entry.id }, body: { ...said2, note: note.value.trim() || null }, revision: (_a = entry.provenance) == null ? void 0 : _a.revision, key: newKey() }) : await post("/patients/{id}/allergies", { path: { id: patient }, body: { ...said2, substance: substance.value.trim(), note: note.value.trim() || void 0 }, key: newKey() }), onDone();
      },
      children: (wrong) => a4($, { children: [
        !entry && a4(Text, { id: "allergy-substance", label: t4.record.substance, hint: t4.record.substanceHint, most: 100, value: substance.value, error: wrong("allergy-substance"), onText: (text) => {
          substance.value = text;
        } }),
        a4("div", { class: "fields", children: [
          a4(Choice, { label: t4.record.reaction, value: reaction.value, of: options(t4.reaction), onChoice: (value) => {
            reaction.value = value;
          } }),
          a4(Choice, { label: t4.record.severity, value: severity.value, of: options(t4.allergySeverity), onChoice: (value) => {
            severity.value = value;
          } })
        ] }),
        a4(Note, { value: note })
      ] })
    }
  );
}
function ConditionForm({ patient, entry, onDone, onClose }) {
  let code = useSignal((entry == null ? void 0 : entry.code) ?? ""), name = useSignal((entry == null ? void 0 : entry.name) ?? ""), since = useSignal(dayTyped(entry == null ? void 0 : entry.since)), note = useSignal((entry == null ? void 0 : entry.note) ?? ""), isOther = code.value === "OTHER";
  return a4(
    FormDialog,
    {
      title: entry ? `${t4.record.change}: ${conditionText(entry)}` : t4.record.addCondition,
      action: t4.save,
      onClose,
      faults: () => [
        ...code.value ? [] : [{ id: "condition-code", text: t4.record.conditionMissing }],
        ...isOther && !entry && !name.value.trim() ? [{ id: "condition-name", text: t4.record.nameMissing }] : [],
        ...dayFault("condition-since", since.value)
      ],
      onSend: async () => {
        var _a;
        let day = dayOf(since.value);
        if (entry) await patch("/conditions/{id}", { path: { id: entry.id }, body: { since: day ?? null, note: note.value.trim() || null }, revision: (_a = entry.provenance) == null ? void 0 : _a.revision, key: newKey() });
        else if (code.value) {
          let body = { code: code.value, name: isOther ? name.value.trim() : void 0, since: day, note: note.value.trim() || void 0 };
          await post("/patients/{id}/conditions", { path: { id: patient }, body, key: newKey() });
        }
        onDone();
      },
      children: (wrong) => a4($, { children: [
        !entry && a4(
          Choice,
          {
            id: "condition-code",
            label: t4.record.condition,
            error: wrong("condition-code"),
            value: code.value,
            of: [["", t4.prescribe.choose], ...conditionCodes().map((one) => [one, one === "OTHER" ? t4.record.otherCondition : conditionText({ code: one })])],
            onChoice: (value) => {
              code.value = value;
            }
          }
        ),
        isOther && !entry && a4(Text, { id: "condition-name", label: t4.record.conditionName, most: 100, value: name.value, error: wrong("condition-name"), onText: (text) => {
          name.value = text;
        } }),
        a4(DayFields, { id: "condition-since", label: t4.record.since, hint: t4.record.mayBeEmpty, value: since.value, error: wrong("condition-since"), onDay: (day) => {
          since.value = day;
        } }),
        a4(Note, { value: note })
      ] })
    }
  );
}
function FactForm({ part, ...rest }) {
  switch (part) {
    case "PREGNANCY":
      return a4(PregnancyForm, { ...rest });
    case "BREAST_FEEDING":
      return a4(BreastFeedingForm, { ...rest });
    case "RENAL":
      return a4(RenalForm, { ...rest });
    case "LIVER":
      return a4(LiverForm, { ...rest });
    case "G6PD":
      return a4(G6pdForm, { ...rest });
  }
}
var seen = (patient, said2) => {
  var _a;
  return { path: { id: patient }, revision: ((_a = said2 == null ? void 0 : said2.provenance) == null ? void 0 : _a.revision) ?? 0, key: newKey() };
};
function PregnancyForm({ patient, record, onDone, onClose }) {
  let said2 = record.pregnancy, state = useSignal((said2 == null ? void 0 : said2.state) ?? "UNKNOWN"), week = useSignal(""), expected = useSignal(dayTyped(said2 == null ? void 0 : said2.expectedOn)), note = useSignal((said2 == null ? void 0 : said2.note) ?? ""), isPregnant = state.value === "PREGNANT";
  return a4(
    FormDialog,
    {
      title: t4.record.part.PREGNANCY,
      action: t4.save,
      onClose,
      faults: () => {
        let typed = readNumber(week.value);
        return isPregnant ? [
          ...typed.is === "wrong" || typed.is === "number" && (typed.value > 42 || !Number.isInteger(typed.value)) ? [{ id: "pregnancy-week", text: t4.record.weekForm }] : [],
          ...dayFault("pregnancy-expected", expected.value),
          ...typed.is === "number" && dayOf(expected.value) ? [{ id: "pregnancy-week", text: t4.record.weekOrDay }] : []
        ] : [];
      },
      onSend: async () => {
        let typed = readNumber(week.value), more = isPregnant ? { week: typed.is === "number" ? typed.value : void 0, expectedOn: dayOf(expected.value) } : {};
        await put("/patients/{id}/pregnancy", { ...seen(patient, said2), body: { state: state.value, note: note.value.trim() || void 0, ...more } }), onDone();
      },
      children: (wrong) => a4($, { children: [
        a4(Choice, { label: t4.record.state, value: state.value, of: options(t4.pregnancy), onChoice: (value) => {
          state.value = value;
        } }),
        isPregnant && a4($, { children: [
          a4(Text, { id: "pregnancy-week", label: t4.record.weekLabel, hint: t4.record.weekHint, mode: "numeric", most: 2, value: week.value, error: wrong("pregnancy-week"), onText: (text) => {
            week.value = text;
          } }),
          a4(DayFields, { id: "pregnancy-expected", label: t4.record.expected, hint: t4.record.mayBeEmpty, value: expected.value, error: wrong("pregnancy-expected"), onDay: (day) => {
            expected.value = day;
          } })
        ] }),
        a4(Note, { value: note })
      ] })
    }
  );
}
function BreastFeedingForm({ patient, record, onDone, onClose }) {
  let said2 = record.breastFeeding, state = useSignal((said2 == null ? void 0 : said2.state) ?? "UNKNOWN"), note = useSignal((said2 == null ? void 0 : said2.note) ?? "");
  return a4(
    FormDialog,
    {
      title: t4.record.part.BREAST_FEEDING,
      action: t4.save,
      onClose,
      onSend: async () => {
        await put("/patients/{id}/breast-feeding", { ...seen(patient, said2), body: { state: state.value, note: note.value.trim() || void 0 } }), onDone();
      },
      children: () => a4($, { children: [
        a4(Choice, { label: t4.record.state, value: state.value, of: options(t4.answer), onChoice: (value) => {
          state.value = value;
        } }),
        a4(Note, { value: note })
      ] })
    }
  );
}
function RenalForm({ patient, record, onDone, onClose }) {
  let said2 = record.renal, kind = useSignal("umol/L"), value = useSignal(""), measured = useSignal(dayTyped(today())), note = useSignal(""), kinds3 = [["umol/L", `${t4.record.creatinine} (micromol/L)`], ["mg/dL", `${t4.record.creatinine} (mg/dL)`], ["egfr", "eGFR (mL/min/1.73 m²)"]];
  return a4(
    FormDialog,
    {
      title: t4.record.part.RENAL,
      text: t4.record.renalText,
      action: t4.save,
      onClose,
      faults: () => {
        let typed = readNumber(value.value);
        return [...typed.is === "number" ? [] : [{ id: "renal-value", text: numberError(typed) ?? t4.errors.number.missing }], ...dayFault("renal-day", measured.value, !0)];
      },
      onSend: async () => {
        let typed = readNumber(value.value), measuredOn = dayOf(measured.value);
        if (typed.is !== "number" || !measuredOn) return;
        let what = kind.value === "egfr" ? { egfr: typed.value } : { creatinine: typed.value, unit: kind.value };
        await put("/patients/{id}/renal", { ...seen(patient, said2), body: { ...what, measuredOn, note: note.value.trim() || void 0 } }), onDone();
      },
      children: (wrong) => a4($, { children: [
        a4("div", { class: "fields", children: [
          a4(Choice, { label: t4.record.measured, value: kind.value, of: kinds3, onChoice: (one) => {
            kind.value = one;
          } }),
          a4(Text, { id: "renal-value", label: t4.vitals.value, mode: "decimal", most: 8, value: value.value, error: wrong("renal-value"), onText: (text) => {
            value.value = text;
          } })
        ] }),
        a4(DayFields, { id: "renal-day", label: t4.record.measuredOn, value: measured.value, error: wrong("renal-day"), onDay: (day) => {
          measured.value = day;
        } }),
        a4(Note, { value: note })
      ] })
    }
  );
}
function LiverForm({ patient, record, onDone, onClose }) {
  let said2 = record.liver, state = useSignal((said2 == null ? void 0 : said2.state) ?? "UNKNOWN"), assessed = useSignal(dayTyped(said2 == null ? void 0 : said2.assessedOn)), note = useSignal((said2 == null ? void 0 : said2.note) ?? "");
  return a4(
    FormDialog,
    {
      title: t4.record.part.LIVER,
      action: t4.save,
      onClose,
      faults: () => dayFault("liver-day", assessed.value),
      onSend: async () => {
        await put("/patients/{id}/liver", { ...seen(patient, said2), body: { state: state.value, assessedOn: dayOf(assessed.value), note: note.value.trim() || void 0 } }), onDone();
      },
      children: (wrong) => a4($, { children: [
        a4(Choice, { label: t4.record.state, value: state.value, of: options(t4.liver), onChoice: (value) => {
          state.value = value;
        } }),
        a4(DayFields, { id: "liver-day", label: t4.record.assessedOn, hint: t4.record.mayBeEmpty, value: assessed.value, error: wrong("liver-day"), onDay: (day) => {
          assessed.value = day;
        } }),
        a4(Note, { value: note })
      ] })
    }
  );
}
function G6pdForm({ patient, record, onDone, onClose }) {
  let said2 = record.g6pd, state = useSignal((said2 == null ? void 0 : said2.state) ?? "UNKNOWN"), test = useSignal((said2 == null ? void 0 : said2.test) ?? ""), tested = useSignal(said2 != null && said2.testedOn ? dayTyped(said2.testedOn) : noDay), note = useSignal((said2 == null ? void 0 : said2.note) ?? ""), isKnown = state.value !== "UNKNOWN";
  return a4(
    FormDialog,
    {
      title: t4.record.part.G6PD,
      action: t4.save,
      onClose,
      faults: () => isKnown ? dayFault("g6pd-day", tested.value) : [],
      onSend: async () => {
        let more = isKnown ? { test: test.value || void 0, testedOn: dayOf(tested.value) } : {};
        await put("/patients/{id}/g6pd", { ...seen(patient, said2), body: { state: state.value, note: note.value.trim() || void 0, ...more } }), onDone();
      },
      children: (wrong) => a4($, { children: [
        a4(Choice, { label: t4.record.state, value: state.value, of: options(t4.g6pdState), onChoice: (value) => {
          state.value = value;
        } }),
        isKnown && a4($, { children: [
          a4(Choice, { label: t4.record.test, value: test.value, of: [["", t4.record.testUnknown], ...Object.entries(t4.g6pdTest)], onChoice: (value) => {
            test.value = value;
          } }),
          a4(DayFields, { id: "g6pd-day", label: t4.record.testedOn, hint: t4.record.mayBeEmpty, value: tested.value, error: wrong("g6pd-day"), onDay: (day) => {
            tested.value = day;
          } })
        ] }),
        a4(Note, { value: note })
      ] })
    }
  );
}
function Note({ value }) {
  return a4(Text, { label: t4.record.note, hint: t4.record.mayBeEmpty, most: 500, value: value.value, onText: (text) => {
    value.value = text;
  } });
}

// src/screens/clinic/Record.tsx
function RecordTab({ id, chart }) {
  return a4(Shown, { of: chart.record, children: (record) => a4(Whole2, { id, record, onChange: chart.record.reload }) });
}
function Whole2({ id, record, onChange }) {
  var _a, _b, _c, _d, _e;
  let asking = useSignal(void 0), path = { id }, ask = (next) => {
    asking.value = next;
  }, done = () => {
    asking.value = void 0, onChange();
  }, close = () => {
    asking.value = void 0;
  }, sees = (part) => record.visibleParts.includes(part), isAsked2 = (fact) => record.gender !== "MALE" || !!fact.text || fact.part !== "PREGNANCY" && fact.part !== "BREAST_FEEDING", facts = factsOf(record).filter((fact) => sees(fact.part) && isAsked2(fact)), confirmFact = async (part, provenance) => {
    await post("/patients/{id}/clinical-record/confirm", { path, body: { part }, revision: provenance == null ? void 0 : provenance.revision, key: newKey() }), onChange();
  }, withdrawFact = (part, name, provenance) => ask({
    what: "withdraw",
    name,
    run: (reason) => post("/patients/{id}/clinical-record/withdraw", { path, body: { part, reason }, revision: provenance == null ? void 0 : provenance.revision, key: newKey() })
  });
  return a4("div", { class: "stack", children: [
    a4("div", { class: "columns", children: [
      sees("ALLERGIES") && a4(Box, { title: t4.record.allergies, add: t4.record.addAllergy, onAdd: () => ask({ what: "allergy" }), children: a4(
        Entries,
        {
          of: record.allergies,
          none: record.noKnownAllergies,
          noneText: t4.record.noAllergies,
          unknown: t4.record.allergiesUnknown,
          onNone: () => ask({ what: "none", part: "allergies" }),
          onConfirmNone: () => {
            var _a2;
            return confirmFact("NO_KNOWN_ALLERGIES", (_a2 = record.noKnownAllergies) == null ? void 0 : _a2.provenance);
          },
          onWithdrawNone: () => {
            var _a2;
            return withdrawFact("NO_KNOWN_ALLERGIES", t4.record.noAllergies, (_a2 = record.noKnownAllergies) == null ? void 0 : _a2.provenance);
          },
          name: (one) => a4(AllergyName, { allergy: one }),
          detail: (one) => `${word(t4.reaction, one.reaction)} · ${word(t4.allergySeverity, one.severity)}`,
          onEdit: (entry) => ask({ what: "allergy", entry }),
          onConfirm: async (one) => {
            var _a2;
            await post("/allergies/{id}/confirm", { path: { id: one.id }, revision: (_a2 = one.provenance) == null ? void 0 : _a2.revision, key: newKey() }), onChange();
          },
          onWithdraw: (one) => ask({ what: "withdraw", name: allergyText(one), run: (reason) => {
            var _a2;
            return remove("/allergies/{id}", { path: { id: one.id }, query: { reason }, revision: (_a2 = one.provenance) == null ? void 0 : _a2.revision });
          } })
        }
      ) }),
      sees("CONDITIONS") && a4(Box, { title: t4.record.conditions, add: t4.record.addCondition, onAdd: () => ask({ what: "condition" }), children: a4(
        Entries,
        {
          of: record.conditions,
          none: record.noKnownConditions,
          noneText: t4.record.noConditions,
          unknown: t4.record.conditionsUnknown,
          onNone: () => ask({ what: "none", part: "conditions" }),
          onConfirmNone: () => {
            var _a2;
            return confirmFact("NO_KNOWN_CONDITIONS", (_a2 = record.noKnownConditions) == null ? void 0 : _a2.provenance);
          },
          onWithdrawNone: () => {
            var _a2;
            return withdrawFact("NO_KNOWN_CONDITIONS", t4.record.noConditions, (_a2 = record.noKnownConditions) == null ? void 0 : _a2.provenance);
          },
          name: (one) => conditionText(one),
          detail: (one) => one.since ? `${t4.record.since} ${date(one.since)}` : "",
          onEdit: (entry) => ask({ what: "condition", entry }),
          onConfirm: async (one) => {
            var _a2;
            await post("/conditions/{id}/confirm", { path: { id: one.id }, revision: (_a2 = one.provenance) == null ? void 0 : _a2.revision, key: newKey() }), onChange();
          },
          onWithdraw: (one) => ask({ what: "withdraw", name: String(one.name ?? one.code), run: (reason) => {
            var _a2;
            return remove("/conditions/{id}", { path: { id: one.id }, query: { reason }, revision: (_a2 = one.provenance) == null ? void 0 : _a2.revision });
          } })
        }
      ) })
    ] }),
    a4("section", { class: "card stack tight", "aria-labelledby": "facts", children: [
      a4("h2", { id: "facts", children: t4.record.facts }),
      facts.some((fact) => !fact.text) && a4("p", { class: "muted small", children: t4.record.notAskedText }),
      a4("ul", { class: "list", children: [
        facts.map((fact) => a4("li", { class: "stack tight", children: [
          a4("div", { class: "row between", children: [
            a4("div", { children: [
              a4("h3", { children: t4.record.part[fact.part] }),
              fact.text ? a4("p", { children: [
                fact.text,
                fact.note && a4("span", { class: "muted", children: [
                  " · ",
                  fact.note
                ] })
              ] }) : a4("p", { class: "muted", children: t4.record.notAsked })
            ] }),
            a4("div", { class: "row", children: [
              a4("button", { type: "button", class: "small", onClick: () => ask({ what: "fact", part: fact.part }), children: [
                fact.text ? t4.record.change : t4.record.say,
                a4("span", { class: "hidden-text", children: [
                  " ",
                  t4.record.part[fact.part]
                ] })
              ] }),
              fact.text && a4("button", { type: "button", class: "small danger", onClick: () => withdrawFact(fact.part, t4.record.part[fact.part], fact.provenance), children: [
                t4.record.withdraw,
                a4("span", { class: "hidden-text", children: [
                  " ",
                  t4.record.part[fact.part]
                ] })
              ] })
            ] })
          ] }),
          fact.provenance && a4(Standing, { of: fact.provenance, about: t4.record.part[fact.part], onConfirm: () => confirmFact(fact.part, fact.provenance) })
        ] }, fact.part)),
        record.weightKg && a4("li", { children: [
          a4("h3", { children: t4.vital.WEIGHT }),
          a4("p", { class: "number", children: [
            number(record.weightKg, 1),
            " kg ",
            record.weightMeasuredAt && a4("span", { class: "muted small", children: date(record.weightMeasuredAt) })
          ] })
        ] })
      ] })
    ] }),
    a4(History, { id }),
    ((_a = asking.value) == null ? void 0 : _a.what) === "allergy" && a4(AllergyForm, { patient: id, entry: asking.value.entry, onDone: done, onClose: close }),
    ((_b = asking.value) == null ? void 0 : _b.what) === "condition" && a4(ConditionForm, { patient: id, entry: asking.value.entry, onDone: done, onClose: close }),
    ((_c = asking.value) == null ? void 0 : _c.what) === "fact" && a4(FactForm, { patient: id, part: asking.value.part, record, onDone: done, onClose: close }),
    ((_d = asking.value) == null ? void 0 : _d.what) === "none" && a4(NoneKnown, { part: asking.value.part, patient: id, record, onDone: done, onClose: close }),
    ((_e = asking.value) == null ? void 0 : _e.what) === "withdraw" && a4(Withdraw, { name: asking.value.name, run: asking.value.run, onDone: done, onClose: close })
  ] });
}
function NoneKnown({ part, patient, record, onDone, onClose }) {
  let path = { id: patient }, isAllergies = part === "allergies", said2 = isAllergies ? record.noKnownAllergies : record.noKnownConditions;
  return a4(
    FormDialog,
    {
      title: isAllergies ? t4.record.noAllergies : t4.record.noConditions,
      text: isAllergies ? t4.record.noAllergiesText : t4.record.noConditionsText,
      action: t4.save,
      onClose,
      onSend: async () => {
        var _a;
        let sent2 = { path, body: {}, revision: ((_a = said2 == null ? void 0 : said2.provenance) == null ? void 0 : _a.revision) ?? 0, key: newKey() };
        isAllergies ? await put("/patients/{id}/no-known-allergies", sent2) : await put("/patients/{id}/no-known-conditions", sent2), onDone();
      }
    }
  );
}
function Withdraw({ name, run, onDone, onClose }) {
  let reason = useSignal("");
  return a4(
    FormDialog,
    {
      title: `${t4.record.withdraw}: ${name}`,
      text: t4.record.withdrawText,
      action: t4.record.withdraw,
      danger: !0,
      onClose,
      faults: () => reason.value ? [] : [{ id: "withdraw-reason", text: t4.errors.reason }],
      onSend: async () => {
        reason.value && (await run(reason.value), onDone());
      },
      children: (wrong) => a4(
        Choice,
        {
          id: "withdraw-reason",
          label: t4.reason,
          error: wrong("withdraw-reason"),
          value: reason.value,
          of: [["", t4.prescribe.choose], ...Object.entries(t4.withdrawal)],
          onChoice: (value) => {
            reason.value = value;
          }
        }
      )
    }
  );
}
function Box({ title, add, onAdd, children }) {
  return a4("section", { class: "card stack tight", "aria-label": title, children: [
    a4("div", { class: "row between", children: [
      a4("h2", { children: title }),
      a4("button", { type: "button", class: "small", onClick: onAdd, children: add })
    ] }),
    children
  ] });
}
function Entries({ of, none, noneText, unknown, name, detail, onNone, onConfirmNone, onWithdrawNone, onEdit, onConfirm, onWithdraw }) {
  return of.length === 0 && !none ? a4(Empty, { children: [
    a4("p", { children: unknown }),
    a4("p", { children: a4("button", { type: "button", class: "small", onClick: onNone, children: noneText }) })
  ] }) : of.length === 0 && none ? a4("div", { class: "stack tight", children: [
    a4("div", { class: "row between", children: [
      a4(Badge, { tone: "success", children: noneText }),
      a4("button", { type: "button", class: "small danger", onClick: onWithdrawNone, children: [
        t4.record.withdraw,
        a4("span", { class: "hidden-text", children: [
          " ",
          noneText
        ] })
      ] })
    ] }),
    none.provenance && a4(Standing, { of: none.provenance, about: noneText, onConfirm: onConfirmNone })
  ] }) : a4("ul", { class: "list", children: of.map((one) => a4("li", { class: "stack tight", children: [
    a4("div", { class: "row between", children: [
      a4("div", { children: [
        a4("b", { children: name(one) }),
        a4("p", { class: "muted small", children: detail(one) }),
        one.note && a4("p", { class: "small", children: one.note })
      ] }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "small", onClick: () => onEdit(one), children: [
          t4.record.change,
          a4("span", { class: "hidden-text", children: [
            " ",
            name(one)
          ] })
        ] }),
        a4("button", { type: "button", class: "small danger", onClick: () => onWithdraw(one), children: [
          t4.record.withdraw,
          a4("span", { class: "hidden-text", children: [
            " ",
            name(one)
          ] })
        ] })
      ] })
    ] }),
    one.provenance && a4(Standing, { of: one.provenance, about: name(one), onConfirm: () => onConfirm(one) })
  ] }, one.id)) });
}
function Standing({ of, about: about2, onConfirm }) {
  let confirming = useAction(onConfirm);
  return a4("div", { class: "row small", children: [
    of.standing === "CONFIRMED" ? a4(Badge, { tone: "success", children: t4.record.confirmed }) : a4(Badge, { tone: "warning", children: t4.record.stated }),
    a4("span", { class: "muted", children: dateTime(of.confirmedAt ?? of.recordedAt) }),
    of.isBesideConfirmed && a4("span", { class: "muted", children: t4.record.beside }),
    of.standing === "STATED" && a4("button", { type: "button", class: "small", disabled: confirming.isBusy, onClick: () => {
      confirming.run();
    }, children: [
      t4.record.confirm,
      a4("span", { class: "hidden-text", children: [
        " ",
        about2
      ] })
    ] }),
    confirming.problem && a4(Refusal, { problem: confirming.problem })
  ] });
}
function AllergyName({ allergy }) {
  return a4("span", { class: "drug", lang: "en", children: allergyText(allergy) });
}
function allergyText(allergy) {
  return allergy.substance ?? (allergy.ingredients.join(", ") || allergy.classId || "–");
}
function factsOf(record) {
  let { pregnancy, breastFeeding, renal, liver, g6pd } = record;
  return [
    { part: "PREGNANCY", note: pregnancy == null ? void 0 : pregnancy.note, provenance: pregnancy == null ? void 0 : pregnancy.provenance, text: pregnancy ? [word(t4.pregnancy, pregnancy.state), pregnancy.week !== null && pregnancy.week !== void 0 && t4.record.week(pregnancy.week), pregnancy.expectedOn && `${t4.record.expected} ${date(pregnancy.expectedOn)}`].filter(Boolean).join(" · ") : void 0 },
    { part: "BREAST_FEEDING", note: breastFeeding == null ? void 0 : breastFeeding.note, provenance: breastFeeding == null ? void 0 : breastFeeding.provenance, text: breastFeeding ? word(t4.answer, breastFeeding.state) : void 0 },
    { part: "RENAL", note: renal == null ? void 0 : renal.note, provenance: renal == null ? void 0 : renal.provenance, text: renal ? `eGFR ${number(renal.egfr, 1)} mL/min/1.73 m² · ${date(renal.measuredOn)}${renal.creatinine ? ` · ${t4.record.creatinine} ${number(renal.creatinine, 3)} ${renal.unit}` : ""}` : void 0 },
    { part: "LIVER", note: liver == null ? void 0 : liver.note, provenance: liver == null ? void 0 : liver.provenance, text: liver ? `${word(t4.liver, liver.state)}${liver.assessedOn ? ` · ${date(liver.assessedOn)}` : ""}` : void 0 },
    { part: "G6PD", note: g6pd == null ? void 0 : g6pd.note, provenance: g6pd == null ? void 0 : g6pd.provenance, text: g6pd ? [word(t4.g6pdState, g6pd.state), g6pd.test && word(t4.g6pdTest, g6pd.test), g6pd.testedOn && date(g6pd.testedOn)].filter(Boolean).join(" · ") : void 0 }
  ];
}
function History({ id }) {
  let isOpen = useSignal(!1);
  return a4("details", { onToggle: (event) => {
    isOpen.value = event.currentTarget.open;
  }, children: [
    a4("summary", { children: t4.record.history }),
    isOpen.value && a4(Changes, { id })
  ] });
}
function Changes({ id }) {
  let pages = usePages(), record = useLoad((signal) => get("/patients/{id}/clinical-record", { path: { id }, query: { history: !0, limit: pages.size }, signal }), [id, pages.size], ["clinical_record.changed"]);
  return a4(Shown, { of: record, children: ({ history: history2 }) => !history2 || history2.items.length === 0 ? a4(Empty, { children: t4.record.noHistory }) : a4($, { children: [
    a4("table", { class: "cards", children: [
      a4("caption", { class: "hidden-text", children: t4.record.history }),
      a4("thead", { children: a4("tr", { children: [
        a4("th", { children: t4.audit.when }),
        a4("th", { children: t4.audit.what }),
        a4("th", { children: t4.record.what }),
        a4("th", { children: t4.reason })
      ] }) }),
      a4("tbody", { children: history2.items.map((one) => a4("tr", { children: [
        a4("td", { class: "nowrap", "data-label": t4.audit.when, children: dateTime(one.at) }),
        a4("td", { "data-label": t4.audit.what, children: word(t4.clinicalAction, one.action) }),
        a4("td", { "data-label": t4.record.what, children: changeText(one) }),
        a4("td", { "data-label": t4.reason, children: one.reason ? word(t4.withdrawal, one.reason) : "–" })
      ] }, one.number)) })
    ] }),
    a4(More, { pages, shown: history2.items.length, more: !!history2.nextCursor })
  ] }) });
}
function changeText(one) {
  if (one.allergy) return a4($, { children: [
    t4.record.allergy,
    ": ",
    a4(AllergyName, { allergy: one.allergy }),
    " · ",
    word(t4.reaction, one.allergy.reaction)
  ] });
  if (one.condition) return conditionText(one.condition);
  if (one.noKnownAllergies) return t4.record.noAllergies;
  if (one.noKnownConditions) return t4.record.noConditions;
  let { pregnancy, breastFeeding, renal, liver, g6pd } = one, fact = factsOf({ ...{ allergies: [], conditions: [], patientId: "", on: "", visibleParts: [] }, pregnancy, breastFeeding, renal, liver, g6pd }).find((each) => each.text);
  return fact ? `${t4.record.part[fact.part]}: ${fact.text}` : word(t4.record.part, one.part);
}

// src/clinical/Attention.tsx
function Reasons({ of, patient }) {
  return a4("ul", { class: "stack tight", children: of.map((reason) => a4("li", { class: "row", children: [
    a4(SeverityBadge, { severity: reason.severity }),
    a4("span", { class: "grow", children: [
      a4("a", { href: placeOf3(reason, patient), children: say(reason.text) }),
      reason.since && a4("span", { class: "muted small", title: dateTime(reason.since), children: [
        " ",
        t4.today.since(ago(reason.since))
      ] })
    ] })
  ] }, `${reason.kind} ${reason.alertId ?? reason.medicationId ?? reason.prescriptionId ?? ""}`)) });
}
function placeOf3({ kind, prescriptionId }, patient) {
  let base = `/clinic/patients/${patient}`;
  switch (kind) {
    case "ALERT_UNANSWERED":
    case "BAD_VITALS":
      return `${base}/vitals`;
    case "LOW_ADHERENCE":
    case "FALLING_ADHERENCE":
      return `${base}/adherence`;
    case "VISIT_OVERDUE":
    case "SUPPLY_ENDS":
      return prescriptionId ? `/clinic/prescriptions/${prescriptionId}` : `${base}/prescriptions`;
    default:
      return base;
  }
}

// src/screens/clinic/Summary.tsx
function Summary({ id }) {
  let chart = useLoad(
    (signal) => get("/doctor/patients/{id}", { path: { id }, signal }),
    [id],
    ["alert.opened", "alert.updated", "clinical_record.changed", "connection.changed", "dose.updated", "prescription.changed", "schedule.changed", "vital.recorded"]
  );
  return a4(Shown, { of: chart, lines: 12, children: (value) => a4("div", { class: "stack", children: [
    a4(Attention, { chart: value, onChange: chart.reload }),
    a4("div", { class: "split", children: [
      a4("div", { class: "stack", children: [
        a4("section", { class: "card stack tight", "aria-labelledby": "active", children: [
          a4("h2", { id: "active", children: t4.patient.active }),
          value.medicines ? a4(Active, { id, medicines: value.medicines }) : a4(NotShared, {})
        ] }),
        a4(Timeline, { chart: value })
      ] }),
      a4("div", { class: "stack", children: [
        a4(Consent, { chart: value }),
        a4("section", { class: "card stack tight", "aria-labelledby": "taking", children: [
          a4("h2", { id: "taking", children: t4.patient.adherence }),
          value.adherence ? a4(Taking, { report: value.adherence }) : a4(NotShared, {})
        ] }),
        a4("section", { class: "card stack tight", "aria-labelledby": "latest", children: [
          a4("h2", { id: "latest", children: t4.patient.latest }),
          value.vitals ? a4(Latest, { vitals: value.vitals }) : a4(NotShared, {})
        ] })
      ] })
    ] })
  ] }) });
}
function NotShared() {
  return a4("p", { class: "muted", children: t4.patients.notShared });
}
function Attention({ chart, onChange }) {
  let alerts = chart.alerts ?? [], others = chart.reasons.filter((reason) => !alerts.some((alert) => alert.id === reason.alertId));
  return alerts.length === 0 && others.length === 0 ? null : a4("section", { class: "card stack tight", "aria-labelledby": "attention", children: [
    a4("h2", { id: "attention", children: t4.patients.attention }),
    alerts.map((alert) => a4(AlertCard, { alert, onChange, whole: !0 }, alert.id)),
    others.length > 0 && a4(Reasons, { of: others, patient: chart.id })
  ] });
}
function Active({ id, medicines }) {
  let active = useLoad((signal) => get("/prescriptions", { query: { patientId: id, status: "ACTIVE", limit: 50 }, signal }), [id], ["prescription.changed"]), figureOf = (line) => {
    var _a;
    return (_a = medicines.find(({ medication }) => medication.id === line)) == null ? void 0 : _a.adherence;
  };
  return a4(Shown, { of: active, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.patient.noActive }) : a4("ul", { class: "list", children: items.map((one) => a4("li", { class: "stack tight", children: [
    a4("div", { class: "row between", children: [
      a4("a", { href: `/clinic/prescriptions/${one.id}`, children: a4("b", { children: one.diagnosis ?? t4.prescription.title }) }),
      a4("span", { class: "muted small", children: one.author.fullName })
    ] }),
    one.medications.map((line) => {
      let figure = figureOf(line.id);
      return a4("div", { class: "row between", children: [
        a4("div", { class: "grow", children: a4(MedicationLine, { line }) }),
        figure && a4(Adherence, { figure })
      ] }, line.id);
    })
  ] }, one.id)) }) });
}
function Taking({ report }) {
  return a4($, { children: [
    a4("p", { class: "muted small", children: t4.adherence.window(30) }),
    a4(Adherence, { figure: report.taking }),
    a4("p", { children: t4.adherence.counts(report.counts.taken, report.counts.missed, report.counts.skipped) }),
    report.trend && a4("p", { class: "muted", children: word(t4.adherence.trend, report.trend) })
  ] });
}
function Latest({ vitals }) {
  return vitals.length === 0 ? a4(Empty, { children: t4.vitals.none }) : a4("dl", { class: "facts", children: vitals.map((one) => [
    a4("dt", { children: word(t4.vital, one.vitalType) }, `${one.id}-name`),
    a4("dd", { class: "row", children: [
      a4("b", { children: a4(VitalValue, { of: one }) }),
      one.severity && a4(SeverityBadge, { severity: one.severity }),
      a4("span", { class: "muted small", children: ago(one.measuredAt) })
    ] }, one.id)
  ]) });
}
function Consent({ chart: { consent, notShared } }) {
  return a4("section", { class: "card stack tight", "aria-labelledby": "consent", children: [
    a4("h2", { id: "consent", children: t4.patient.consent }),
    consent ? a4("dl", { class: "facts", children: [
      a4("dt", { children: t4.patients.level }),
      a4("dd", { children: [
        a4(Badge, { children: word(t4.level, consent.permissionLevel) }),
        consent.prescriptionIds && a4("span", { class: "small", children: [
          " ",
          t4.patient.onlySome(consent.prescriptionIds.length)
        ] })
      ] }),
      a4("dt", { children: t4.patients.since }),
      a4("dd", { children: date(consent.connectedAt) }),
      a4("dt", { children: t4.patient.ends }),
      a4("dd", { children: consent.expiresAt ? date(consent.expiresAt) : t4.patient.noEnd })
    ] }) : a4(Notice, { tone: "warning", children: a4("p", { children: t4.patient.emergency }) }),
    notShared.length > 0 && a4("p", { children: [
      t4.patients.notShared,
      ": ",
      notShared.map((scope) => word(t4.scope, scope)).join(", ")
    ] })
  ] });
}
var EVENTS = 8;
function Timeline({ chart }) {
  let isWhole = useSignal(!1), shown = isWhole.value ? chart.timeline : chart.timeline.slice(0, EVENTS), placeOf4 = ({ kind, id }) => kind.startsWith("PRESCRIPTION") ? `/clinic/prescriptions/${id}` : `/clinic/patients/${chart.id}/${kind === "NOTE_WRITTEN" ? "notes" : "vitals"}`;
  return a4("section", { class: "card stack tight", "aria-labelledby": "timeline", children: [
    a4("h2", { id: "timeline", children: t4.patient.timeline }),
    chart.timeline.length === 0 ? a4(Empty, { children: t4.patient.noTimeline }) : a4("ul", { class: "list", children: shown.map((event) => a4("li", { class: "row between", children: [
      a4("a", { href: placeOf4(event), children: word(t4.chartEvent, event.kind) }),
      a4("span", { class: "muted small", title: dateTime(event.at), children: ago(event.at) })
    ] }, `${event.kind} ${event.id}`)) }),
    shown.length < chart.timeline.length && a4("div", { children: a4("button", { type: "button", class: "small", onClick: () => {
      isWhole.value = !0;
    }, children: t4.more }) })
  ] });
}

// src/screens/clinic/Patient.tsx
function useChart(id) {
  return {
    person: useLoad((signal) => get("/users/{id}", { path: { id }, signal }), [id], ["connection.changed"]),
    record: useLoad((signal) => get("/patients/{id}/clinical-record", { path: { id }, signal }), [id], ["clinical_record.changed", "connection.changed"])
  };
}
function nameOf(person) {
  return (person == null ? void 0 : person.fullName) ?? "…";
}
function Banner({ id, chart, children }) {
  let person = chart.person.value, record = chart.record.value, box = T2(null);
  return A2(() => {
    let keep2 = () => {
      let banner = box.current, sticks = banner !== null && getComputedStyle(banner).position === "sticky";
      document.documentElement.style.scrollPaddingTop = sticks ? `${banner.offsetHeight + 72}px` : "";
    }, observer = new ResizeObserver(keep2);
    return observer.observe(box.current), () => {
      observer.disconnect(), document.documentElement.style.scrollPaddingTop = "";
    };
  }, []), a4("div", { class: "banner stack tight", ref: box, children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: nameOf(chart.person.value) }),
      children ?? a4("div", { class: "row", children: [
        unfinished(id).map((address) => a4("a", { class: "button", href: address, children: t4.prescription.unfinished }, address)),
        a4("a", { class: "button primary", href: `/clinic/patients/${id}/prescribe`, children: t4.prescribe.title })
      ] })
    ] }),
    a4("div", { class: "row muted small", children: [
      (record == null ? void 0 : record.dateOfBirth) && a4("span", { children: [
        t4.patient.age(yearsSince(record.dateOfBirth)),
        " · ",
        t4.patient.born,
        " ",
        date(record.dateOfBirth)
      ] }),
      (record == null ? void 0 : record.gender) && a4("span", { children: word(t4.gender, record.gender) }),
      (person == null ? void 0 : person.phone) && a4("a", { class: "number", href: `tel:${person.phone}`, children: person.phone })
    ] }),
    chart.record.value && a4(RecordFlags, { record: chart.record.value }),
    chart.record.problem && !chart.record.problem.isPassing && a4(Badge, { tone: "warning", children: t4.patient.recordHidden })
  ] });
}
function PatientPage({ id, tab }) {
  let chart = useChart(id);
  if (chart.person.problem && !chart.person.problem.isPassing) return a4(NoAccess, { id, problem: chart.person.problem, onOpen: () => {
    chart.person.reload(), chart.record.reload();
  } });
  let base = `/clinic/patients/${id}`, tabs = [
    { address: base, text: t4.patient.summary },
    { address: `${base}/record`, text: t4.record.title },
    { address: `${base}/adherence`, text: t4.patient.adherence },
    { address: `${base}/vitals`, text: t4.patient.vitals },
    { address: `${base}/prescriptions`, text: t4.patient.prescriptions },
    { address: `${base}/notes`, text: t4.notes.title }
  ];
  return a4("div", { class: "stack", children: [
    a4(Banner, { id, chart }),
    a4(Tabs, { label: t4.patient.title, of: tabs, current: tab === "summary" ? base : `${base}/${tab}` }),
    tab === "summary" && a4(Summary, { id }),
    tab === "record" && a4(RecordTab, { id, chart }),
    tab === "adherence" && a4(AdherenceTab, { id }),
    tab === "vitals" && a4(VitalsTab, { id }),
    tab === "prescriptions" && a4(Prescriptions, { id }),
    tab === "notes" && a4(NotesTab, { id, name: nameOf(chart.person.value) }),
    !["summary", "record", "adherence", "vitals", "prescriptions", "notes"].includes(tab) && a4(Empty, { children: t4.notFound.title })
  ] });
}
function Prescriptions({ id }) {
  let all = useLoad((signal) => get("/prescriptions", { query: { patientId: id, limit: 100 }, signal }), [id], ["prescription.changed"]);
  return a4(Shown, { of: all, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.patient.noPrescriptions }) : a4("table", { class: "cards", children: [
    a4("caption", { class: "hidden-text", children: t4.patient.prescriptions }),
    a4("thead", { children: a4("tr", { children: [
      a4("th", { children: t4.prescription.what }),
      a4("th", { children: t4.prescription.state }),
      a4("th", { children: t4.prescription.medicines }),
      a4("th", { children: t4.prescription.by }),
      a4("th", { children: t4.prescription.made }),
      a4("th", { children: a4("span", { class: "hidden-text", children: t4.patients.actions }) })
    ] }) }),
    a4("tbody", { children: items.map((one) => a4("tr", { children: [
      a4("th", { scope: "row", children: a4("a", { href: `/clinic/prescriptions/${one.id}`, children: one.diagnosis ?? t4.prescription.title }) }),
      a4("td", { "data-label": t4.prescription.state, children: a4(StatusBadge, { status: one.status }) }),
      a4("td", { "data-label": t4.prescription.medicines, lang: "en", children: one.medications.map((line) => line.medicineName).join("; ") }),
      a4("td", { "data-label": t4.prescription.by, children: one.author.fullName }),
      a4("td", { "data-label": t4.prescription.made, class: "nowrap", children: date(one.createdAt) }),
      a4("td", { children: mayRepeat(one) && a4("a", { class: "button small", href: `/clinic/patients/${id}/prescribe?repeat=${one.id}`, children: [
        t4.prescription.repeat,
        a4("span", { class: "hidden-text", children: [
          " ",
          one.diagnosis
        ] })
      ] }) })
    ] }, one.id)) })
  ] }) });
}

// src/screens/clinic/Patients.tsx
var PAUSE = 200, colours = ["RED", "YELLOW", "GREEN"], orders = { adherence: "ADHERENCE", name: "NAME", attention: "ATTENTION" };
function Patients() {
  let search = useSettled(query("search").trim()), sort = orders[query("sort")] ?? orders.adherence, adherence = colours.find((one) => one === query("adherence")), needsAttention = query("attention") === "yes" || void 0, isNarrowed = !!(search || adherence || needsAttention), list = useList(
    (page, signal) => get("/doctor/patients", { query: { ...page, search, sort, adherence, needsAttention }, signal }),
    [search, sort, adherence, needsAttention],
    ["connection.changed", "dose.updated", "alert.opened", "alert.updated"],
    { step: 25, steady: !0 }
  );
  return a4("div", { class: "stack", children: [
    a4("h1", { children: t4.patients.title }),
    a4("div", { class: "fields", children: [
      a4(Text, { label: t4.patients.search, kind: "search", value: query("search"), most: 100, onText: (text) => setQuery("search", text) }),
      a4(Choice, { label: t4.patients.adherence, value: adherence ?? "", of: [["", t4.patients.all], ...colours.map((one) => [one, t4.patients.colour[one]])], onChoice: (value) => setQuery("adherence", value) }),
      a4(Choice, { label: t4.patients.attention, value: needsAttention ? "yes" : "", of: [["", t4.patients.all], ["yes", t4.patients.onlyAttention]], onChoice: (value) => setQuery("attention", value) }),
      a4(Choice, { label: t4.patients.sort, value: query("sort") in orders ? query("sort") : "adherence", of: [["adherence", t4.patients.lowest], ["attention", t4.patients.gravest], ["name", t4.patients.byName]], onChoice: (value) => setQuery("sort", value) })
    ] }),
    a4(Shown, { of: list, lines: 10, children: ({ items }) => items.length > 0 ? a4($, { children: [
      a4(Table, { of: items }),
      a4(Growing, { list })
    ] }) : isNarrowed ? a4(Empty, { children: t4.patients.noMatch }) : a4(Empty, { children: [
      a4("p", { children: t4.patients.none }),
      a4("p", { children: a4("a", { class: "button primary", href: "/clinic/connections", children: t4.patients.connect }) })
    ] }) }),
    a4("p", { class: "muted small", children: [
      t4.patients.hidden,
      " ",
      a4("a", { href: "/clinic/connections?status=ACCEPTED", children: t4.connections.title })
    ] })
  ] });
}
function Table({ of }) {
  return a4("table", { class: "cards", children: [
    a4("caption", { class: "small muted", children: t4.patients.window }),
    a4("thead", { children: a4("tr", { children: [
      a4("th", { children: t4.patients.name }),
      a4("th", { children: t4.patients.adherence }),
      a4("th", { children: t4.patients.attention }),
      a4("th", { children: t4.patients.level }),
      a4("th", { children: t4.patients.since }),
      a4("th", { children: a4("span", { class: "hidden-text", children: t4.patients.actions }) })
    ] }) }),
    a4("tbody", { children: of.map((one) => a4("tr", { children: [
      a4("th", { scope: "row", children: a4("a", { href: `/clinic/patients/${one.id}`, children: one.fullName }) }),
      a4("td", { "data-label": t4.patients.adherence, children: one.adherence ? a4(Adherence, { figure: one.adherence.taking }) : a4("span", { class: "muted", children: t4.patients.notShared }) }),
      a4("td", { "data-label": t4.patients.attention, children: a4(Attention2, { of: one }) }),
      a4("td", { "data-label": t4.patients.level, children: [
        a4(Badge, { children: word(t4.level, one.consent.permissionLevel) }),
        one.consent.expiresAt && a4("span", { class: "small muted", children: [
          " ",
          t4.connections.until,
          " ",
          date(one.consent.expiresAt)
        ] })
      ] }),
      a4("td", { "data-label": t4.patients.since, class: "nowrap", children: date(one.consent.connectedAt) }),
      a4("td", { children: one.shared.includes("PRESCRIPTIONS") && a4("a", { class: "button small", href: `/clinic/patients/${one.id}/prescribe`, children: [
        t4.prescribe.title,
        a4("span", { class: "hidden-text", children: [
          " ",
          one.fullName
        ] })
      ] }) })
    ] }, one.id)) })
  ] });
}
function Attention2({ of }) {
  let [first, ...others] = of.reasons;
  return first ? a4("span", { class: "row", children: [
    a4(SeverityBadge, { severity: first.severity }),
    a4("span", { class: "small grow", children: [
      say(first.text),
      others.length > 0 && a4("span", { class: "muted", children: [
        " ",
        t4.patients.besides(others.length)
      ] })
    ] })
  ] }) : a4("span", { class: "muted", children: "–" });
}
function useSettled(text) {
  let settled = useSignal(text);
  return A2(() => {
    let waiting = setTimeout(() => {
      settled.value = text;
    }, PAUSE);
    return () => clearTimeout(waiting);
  }, [text]), settled.value;
}

// src/clinical/MedicineSearch.tsx
var cache = /* @__PURE__ */ new Map();
function MedicineSearch({ onPick }) {
  let text = useSignal(""), found = useSignal([]), active = useSignal(0), open2 = useSignal(!1), searched = useSignal(""), problem = useSignal(void 0), input = T2(null), { name, directions } = divide(text.value);
  A2(() => {
    if (name.length < 2) {
      found.value = [], open2.value = !1, searched.value = "";
      return;
    }
    let controller = new AbortController(), show = (items) => {
      found.value = items, active.value = 0, open2.value = !0, searched.value = name, problem.value = void 0;
    }, known = cache.get(name);
    if (known) {
      show(known);
      return;
    }
    let waiting = setTimeout(() => {
      get("/medicines/search", { query: { q: name, limit: 8 }, signal: controller.signal }).then(
        ({ items }) => {
          cache.set(name, items), show(items);
        },
        (error) => {
          error instanceof Problem && (problem.value = error);
        }
      );
    }, 120);
    return () => {
      clearTimeout(waiting), controller.abort();
    };
  }, [name]);
  let isCurrent = searched.value === name && found.value.length > 0, pick = (medicine) => {
    text.value = "", open2.value = !1, onPick(medicine, directions);
  }, onKey = (event) => {
    let last = found.value.length - 1;
    if (event.key === "ArrowDown")
      event.preventDefault(), open2.value = !0, active.value = Math.min(last, active.value + 1);
    else if (event.key === "ArrowUp")
      event.preventDefault(), active.value = Math.max(0, active.value - 1);
    else if (event.key === "Escape")
      open2.value = !1;
    else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      let chosen = found.value[active.value];
      open2.value && isCurrent && chosen && pick(chosen);
    }
  }, isOpen = open2.value && isCurrent;
  return a4("div", { class: "combo", children: [
    a4("label", { for: "entry", children: t4.prescribe.entry }),
    a4("p", { class: "hint", id: "entry-hint", children: [
      t4.prescribe.entryHint,
      " ",
      a4("span", { lang: "en", class: "nowrap", children: "metformin 850 1-0-1 pc 30 days" })
    ] }),
    a4(
      "input",
      {
        id: "entry",
        ref: input,
        type: "text",
        role: "combobox",
        "aria-expanded": isOpen,
        "aria-controls": "entry-options",
        "aria-autocomplete": "list",
        "aria-describedby": "entry-hint",
        "aria-activedescendant": isOpen ? `entry-option-${active.value}` : void 0,
        autocomplete: "off",
        spellcheck: !1,
        maxLength: 300,
        value: text.value,
        onInput: (event) => {
          text.value = event.currentTarget.value;
        },
        onKeyDown: onKey,
        onBlur: () => {
          open2.value = !1;
        }
      }
    ),
    a4("p", { class: "hidden-text", role: "status", children: isOpen ? t4.prescribe.found(found.value.length) : "" }),
    directions && a4("p", { class: "small", children: [
      t4.prescribe.directions,
      ": ",
      a4("b", { lang: "en", children: directions })
    ] }),
    searched.value === name && name.length >= 2 && found.value.length === 0 && a4("p", { class: "error", role: "status", children: t4.prescribe.noMedicine(name) }),
    problem.value && a4(Refusal, { problem: problem.value }),
    a4("ul", { class: "options", id: "entry-options", role: "listbox", "aria-label": t4.prescribe.medicines, hidden: !isOpen, children: isOpen && found.value.map((medicine, place) => a4(
      "li",
      {
        id: `entry-option-${place}`,
        role: "option",
        "aria-selected": place === active.value,
        onMouseDown: (event) => {
          event.preventDefault(), pick(medicine);
        },
        onMouseMove: () => {
          active.value = place;
        },
        children: [
          a4(DrugName, { name: medicine.displayName, khmer: medicine.displayNameKhmer }),
          medicine.brandNames.length > 0 && a4("span", { class: "muted small", lang: "en", children: [
            " ",
            medicine.brandNames.slice(0, 3).join(", ")
          ] })
        ]
      },
      medicine.id
    )) })
  ] });
}

// src/screens/clinic/PrescribeReview.tsx
function Aside({ patient }) {
  let active = useLoad((signal) => get("/prescriptions", { query: { patientId: patient, status: "ACTIVE", limit: 50 }, signal }), [patient], ["prescription.changed"]), vitals = useLoad((signal) => get("/health-monitoring/vitals/latest", { query: { patientId: patient }, signal }), [patient], ["vital.recorded"]);
  return a4("div", { class: "stack", children: [
    a4("section", { class: "card stack tight", "aria-labelledby": "uses", children: [
      a4("h2", { id: "uses", children: t4.patient.active }),
      a4(Shown, { of: active, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.patient.noActive }) : a4("ul", { class: "list", children: items.flatMap((one) => one.medications.map((line) => a4("li", { children: a4(MedicationLine, { line }) }, line.id))) }) })
    ] }),
    a4("section", { class: "card stack tight", "aria-labelledby": "values", children: [
      a4("h2", { id: "values", children: t4.patient.latest }),
      a4(Shown, { of: vitals, lines: 3, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.vitals.none }) : a4("dl", { class: "facts", children: items.map((one) => [a4("dt", { children: word(t4.vital, one.vitalType) }, `${one.id}-name`), a4("dd", { children: a4("b", { children: a4(VitalValue, { of: one }) }) }, one.id)]) }) })
    ] })
  ] });
}
function about(draft) {
  return {
    diagnosis: draft.diagnosis.trim() || void 0,
    symptoms: draft.symptoms.trim() || void 0,
    clinicalNote: draft.note.trim() || void 0,
    followUpDate: dayOf(draft.followUp)
  };
}
async function saveDraft(aim, draft, base, key) {
  let medications = draft.lines.map(sent);
  if (aim.what === "change" && base) return patch("/prescriptions/{id}", { path: { id: base.id }, body: { ...about(draft), medications }, revision: base.revision, key });
  let urgency = draft.isUrgent ? { isUrgent: !0, urgentReason: draft.urgentReason.trim() } : {};
  return post("/prescriptions", { key, body: { patientId: aim.patient, isDraft: !0, medications, ...about(draft), ...urgency } });
}
async function signed(aim, draft, base, overrides, key) {
  let medications = draft.lines.map(sent);
  if (aim.what !== "change" || !base) {
    let urgency = draft.isUrgent ? { isUrgent: !0, urgentReason: draft.urgentReason.trim() } : {};
    return post("/prescriptions", { key, body: { patientId: aim.patient, medications, overrides, ...about(draft), ...urgency } });
  }
  let change = { path: { id: base.id }, revision: base.revision, key };
  if (base.status === "DRAFT") {
    let written = await patch("/prescriptions/{id}", { ...change, body: { ...about(draft), medications } });
    return post("/prescriptions/{id}/issue", { path: { id: written.id }, body: { overrides }, key: `${key}i` });
  }
  let body = { ...about(draft), medications, overrides };
  return draft.isUrgent ? post("/prescriptions/{id}/urgent-update", { ...change, body: { ...body, reason: draft.urgentReason.trim() } }) : patch("/prescriptions/{id}", { ...change, body: { ...body, reason: draft.reason.trim() || void 0 } });
}
function Review({ aim, base, draft, answer, idempotency, onClose, onSigned }) {
  let isChange = aim.what === "change" && base !== void 0 && base.status !== "DRAFT", gone = isChange ? base.medications.filter((line) => !draft.lines.some((one) => one.id === line.id)) : [], signing = useAction(async () => {
    let overrides = answer.findings.flatMap((finding) => {
      let override = draft.overrides[finding.id];
      return finding.tier === "STOP" && (override != null && override.reason) ? [{ findingId: finding.id, reason: override.reason, note: override.note.trim() || void 0 }] : [];
    });
    onSigned(await signed(aim, draft, base, overrides, idempotency));
  }), followUp = dayOf(draft.followUp);
  return a4(Dialog, { title: t4.prescribe.review, onClose, children: [
    a4("ol", { class: "list", children: [
      answer.understood.map((one, place) => {
        let line = draft.lines[place], mark = isChange ? (line == null ? void 0 : line.mode) === "kept" ? t4.prescribe.asBefore : line != null && line.id ? t4.prescribe.changed : t4.prescribe.isNew : void 0;
        return a4("li", { children: [
          a4("p", { class: "read-back", children: say(line && goesOn(line) ? line.kept.understood : one) }),
          mark && a4(Badge, { tone: (line == null ? void 0 : line.mode) === "kept" ? void 0 : "warning", children: mark })
        ] }, `${place}-${one.english}`);
      }),
      gone.map((line) => a4("li", { class: "row", children: [
        a4(Badge, { tone: "danger", children: t4.prescribe.gone }),
        a4(DrugName, { name: line.medicineName, khmer: line.medicineNameKhmer })
      ] }, line.id))
    ] }),
    draft.diagnosis && a4("p", { children: [
      t4.prescribe.diagnosis,
      ": ",
      draft.diagnosis
    ] }),
    followUp && a4("p", { children: [
      t4.prescription.followUp,
      ": ",
      date(followUp)
    ] }),
    draft.isUrgent && a4(Notice, { tone: "warning", children: [
      t4.prescription.urgent,
      ": ",
      draft.urgentReason
    ] }),
    answer.findings.filter((finding) => finding.tier !== "NOTE").map((finding) => {
      var _a;
      return a4("div", { class: `finding ${finding.tier}`, children: [
        a4("p", { children: a4("b", { children: [
          word(t4.tier, finding.tier),
          ": ",
          say(finding.effect)
        ] }) }),
        ((_a = draft.overrides[finding.id]) == null ? void 0 : _a.reason) && a4("p", { children: [
          t4.prescribe.reason,
          ": ",
          word(t4.override, draft.overrides[finding.id].reason),
          " ",
          draft.overrides[finding.id].note
        ] })
      ] }, finding.id);
    }),
    signing.problem && a4(Refusal, { problem: signing.problem }),
    a4("form", { class: "row", onSubmit: (event) => {
      event.preventDefault(), signing.run();
    }, children: [
      a4("button", { type: "submit", class: "primary", autofocus: !0, disabled: signing.isBusy, children: isChange ? t4.prescribe.signChange : t4.prescribe.sign }),
      a4("button", { type: "button", onClick: onClose, children: t4.prescribe.back })
    ] })
  ] });
}

// src/screens/clinic/Prescribe.tsx
var textOf = (line) => JSON.stringify(sent(line)), said = (lines, what) => ({ keys: lines.map((line) => line.key), texts: lines.map(textOf), what });
function keyOf(from, field) {
  let place = lineOf(field);
  return place === void 0 || from == null ? void 0 : from.keys[place];
}
var requestOf = (lines) => JSON.stringify(lines.map(sent));
function Prescribe({ patient }) {
  let chart = useChart(patient), [repeat, changes] = [query("repeat"), query("change")], aim = changes ? { patient, what: "change", of: changes } : repeat ? { patient, what: "repeat", of: repeat } : { patient };
  return chart.person.problem && !chart.person.problem.isPassing ? a4(NoAccess, { id: patient, problem: chart.person.problem, onOpen: () => {
    chart.person.reload(), chart.record.reload();
  } }) : aim.of ? a4(WithBase, { chart, aim, of: aim.of }) : a4(Writing2, { chart, aim });
}
function WithBase({ chart, aim, of }) {
  let base = useLoad((signal) => get("/prescriptions/{id}", { path: { id: of }, signal }), [of]);
  return a4(Shown, { of: base, children: (value) => a4(Writing2, { chart, aim, base: value }, `${value.id}-${value.revision}`) });
}
function begun(aim, base) {
  let before = kept(aim, base == null ? void 0 : base.revision);
  if (before || !base) return before ?? emptyDraft();
  let isChange = aim.what === "change", lines = base.medications.filter((line) => line.medicineId).map((line) => keptLine(newKey().slice(0, 8), line, isChange)), about2 = isChange ? { symptoms: base.symptoms ?? "", note: base.clinicalNote ?? "", followUp: dayTyped(base.followUpDate) } : {};
  return { ...emptyDraft(), lines, diagnosis: base.diagnosis ?? "", ...about2 };
}
function Writing2({ chart, aim, base }) {
  var _a, _b, _c, _d;
  let { patient } = aim, isChange = aim.what === "change", draft = useSignal(begun(aim, base)), checked = useSignal(void 0), errors = useSignal([]), reviewing = useSignal(!1), isStrict = useSignal(!1), wishes = useSignal(!1), removed = useSignal(void 0), key = useSignal(newKey()), { lines } = draft.value, ready = lines.filter((line) => faults(line).length === 0), wanted = requestOf(ready), isChecked = ((_a = checked.value) == null ? void 0 : _a.of) === wanted, change = (next) => {
    draft.value = next, key.value = newKey(), keep(aim, next, base == null ? void 0 : base.revision);
  }, preview = (of, signal) => post("/prescriptions/preview", { query: { changes: isChange ? aim.of : void 0 }, body: { patientId: patient, medications: of.map(sent) }, signal }), check = async (signal) => {
    try {
      checked.value = { of: wanted, answer: said(ready, await preview(ready, signal)) };
    } catch (error) {
      if (!(error instanceof Problem)) return;
      let problem2 = said(ready, error), refused = error.fields.map((field) => keyOf(problem2, field.field)), others = ready.filter((line) => !refused.includes(line.key)), answer2 = refused.length > 0 && others.length > 0 ? await preview(others, signal).catch(() => {
      }) : void 0;
      signal.aborted || (checked.value = { of: wanted, problem: problem2, answer: answer2 && said(others, answer2) });
    }
  };
  A2(() => {
    setTimeout(() => {
      var _a2;
      return (_a2 = document.getElementById("entry")) == null ? void 0 : _a2.focus();
    });
  }, []), A2(() => {
    if (ready.length === 0) return;
    let controller = new AbortController(), waiting = setTimeout(() => {
      check(controller.signal);
    }, 350);
    return () => {
      clearTimeout(waiting), controller.abort();
    };
  }, [wanted]);
  let answer = (_b = checked.value) == null ? void 0 : _b.answer, problem = isChecked ? (_c = checked.value) == null ? void 0 : _c.problem : void 0, placeIn = (line) => {
    let place = (answer == null ? void 0 : answer.keys.indexOf(line.key)) ?? -1;
    return place >= 0 && faults(line).length === 0 && (answer == null ? void 0 : answer.texts[place]) === textOf(line) ? place : -1;
  }, findings = (answer == null ? void 0 : answer.what.findings) ?? [], hasReason = (finding) => {
    let override = draft.value.overrides[finding.id];
    return !!(override != null && override.reason) && (override.reason !== "OTHER" || override.note.trim().length >= 3);
  }, missing2 = () => {
    var _a2;
    let found = [];
    lines.length === 0 && found.push({ id: "entry", text: t4.prescribe.noLines });
    for (let line of lines)
      for (let fault of faults(line)) found.push({ id: `line-${line.key}-${fault.field}`, text: `${line.medicine.displayName}: ${fault.typed.is === "empty" ? missingText(fault.field) : t4.errors.number.form}` });
    for (let field of (problem == null ? void 0 : problem.what.fields) ?? []) {
      let line = lines.find((one) => one.key === keyOf(problem, field.field));
      found.push({ id: line ? `line-${line.key}-${line.mode === "grid" ? "morning" : line.mode === "words" ? "words" : (_a2 = line.kept) != null && _a2.needsDays ? "days" : "mode"}` : "entry", text: `${line ? `${line.medicine.displayName}: ` : ""}${refusalOf(field)}` });
    }
    for (let finding of findings.filter((one) => one.tier === "STOP" && !hasReason(one)))
      found.push({ id: `finding-${finding.id.replace(/[^a-zA-Z0-9]/g, "-")}`, text: `${t4.prescribe.needsReason}: ${say(finding.effect)}` });
    found.push(...dayFault("follow-up", draft.value.followUp).map(({ id, text }) => ({ id, text: `${t4.prescription.followUp}: ${text}` })));
    for (let [id, before, now, name] of emptied(base, draft.value))
      isChange && before && !now && found.push({ id, text: `${name}: ${t4.prescribe.cannotEmpty}` });
    return draft.value.isUrgent && !draft.value.urgentReason.trim() && found.push({ id: "urgent-reason", text: t4.prescribe.urgentMissing }), found;
  }, review = useAction(async () => {
    isStrict.value = !0, errors.value = missing2(), !(errors.value.length > 0) && (isChecked && !problem ? reviewing.value = !0 : wishes.value = !0);
  }), saving = useAction(async () => {
    if (isStrict.value = !0, errors.value = missing2().filter(({ id }) => !id.startsWith("finding-")), errors.value.length > 0) return;
    let made = await saveDraft(aim, draft.value, base, key.value);
    forget(aim), go(`/clinic/prescriptions/${made.id}`, !0);
  });
  A2(() => {
    !wishes.value || !isChecked || (wishes.value = !1, review.run());
  }, [isChecked, wishes.value]), A2(() => {
    let onKey = (event) => {
      event.key === "Enter" && event.ctrlKey && !reviewing.value && (event.preventDefault(), review.run());
    };
    return addEventListener("keydown", onKey), () => removeEventListener("keydown", onKey);
  });
  let add = (medicine, directions) => {
    let line = newLine(newKey().slice(0, 8), medicine, directions);
    change({ ...draft.value, lines: [...draft.value.lines, line] }), setTimeout(() => {
      var _a2;
      return (_a2 = document.getElementById(directions ? "entry" : `line-${line.key}-words`)) == null ? void 0 : _a2.focus();
    });
  }, remove2 = (place) => {
    var _a2;
    removed.value = { line: lines[place], place }, change({ ...draft.value, lines: lines.filter((_3, index) => index !== place) }), (_a2 = document.getElementById("entry")) == null || _a2.focus();
  }, undo = () => {
    if (!removed.value) return;
    let next = [...draft.value.lines];
    next.splice(removed.value.place, 0, removed.value.line), removed.value = void 0, change({ ...draft.value, lines: next });
  };
  return a4("div", { class: "stack", children: [
    a4(Banner, { id: patient, chart, children: a4("a", { class: "button", href: `/clinic/patients/${patient}`, children: t4.prescription.toPatient }) }),
    a4("div", { class: "split", children: [
      a4("div", { class: "stack", children: [
        a4("h2", { children: base ? (isChange ? t4.prescribe.changing : t4.prescribe.repeating)(base.diagnosis ?? t4.prescription.title) : t4.prescribe.title }),
        a4(ErrorSummary, { errors: errors.value }),
        a4(MedicineSearch, { onPick: add }),
        lines.length === 0 ? a4(Empty, { children: t4.prescribe.empty }) : a4("ol", { class: "stack", children: lines.map((line, place) => {
          let at = placeIn(line), ofLine = (all) => at < 0 ? [] : all.filter((one) => lineOf(one.field) === at);
          return a4(
            PrescribeLine,
            {
              line,
              place,
              isStrict: isStrict.value,
              understood: at >= 0 && !goesOn(line) ? answer == null ? void 0 : answer.what.understood[at] : void 0,
              refused: ((problem == null ? void 0 : problem.what.fields) ?? []).filter((field) => keyOf(problem, field.field) === line.key).map(refusalOf),
              notices: goesOn(line) ? [] : ofLine((answer == null ? void 0 : answer.what.notices) ?? []),
              findings: ofLine(findings),
              overrides: draft.value.overrides,
              onChange: (next) => change({ ...draft.value, lines: lines.map((one) => one.key === line.key ? next : one) }),
              onOverride: (id, reason, note) => change({ ...draft.value, overrides: { ...draft.value.overrides, [id]: { reason, note } } }),
              onRemove: () => remove2(place),
              onDone: () => {
                var _a2;
                return (_a2 = document.getElementById("entry")) == null ? void 0 : _a2.focus();
              }
            },
            line.key
          );
        }) }),
        findings.filter((finding) => lineOf(finding.field) === void 0).map((finding) => a4(
          Finding,
          {
            finding,
            override: draft.value.overrides[finding.id],
            onOverride: (id, reason, note) => change({ ...draft.value, overrides: { ...draft.value.overrides, [id]: { reason, note } } })
          },
          finding.id
        )),
        problem && problem.what.fields.length === 0 && a4(Refusal, { problem: problem.what, retry: () => {
          checked.value = void 0, check(new AbortController().signal);
        } }),
        ((answer == null ? void 0 : answer.what.notChecked) ?? []).length > 0 && a4("details", { open: answer.what.notChecked.length <= 3, children: [
          a4("summary", { children: t4.prescribe.notChecked(answer.what.notChecked.length) }),
          a4("ul", { children: answer.what.notChecked.map((one) => a4("li", { children: [
            "• ",
            say(one.why)
          ] }, one.what + one.fields.join())) })
        ] }),
        a4("div", { class: "card stack", children: [
          a4(Text, { id: "diagnosis", label: t4.prescribe.diagnosis, most: 500, value: draft.value.diagnosis, onText: (diagnosis) => change({ ...draft.value, diagnosis }) }),
          a4(Text, { id: "symptoms", label: t4.prescription.symptoms, most: 1e3, value: draft.value.symptoms, onText: (symptoms) => change({ ...draft.value, symptoms }) }),
          a4(Area, { id: "note", label: t4.prescribe.note, most: 1e3, value: draft.value.note, onText: (note) => change({ ...draft.value, note }) }),
          a4(DayFields, { id: "follow-up", label: t4.prescription.followUp, hint: t4.record.mayBeEmpty, value: draft.value.followUp, error: isStrict.value ? (_d = dayFault("follow-up", draft.value.followUp)[0]) == null ? void 0 : _d.text : void 0, onDay: (followUp) => change({ ...draft.value, followUp }) }),
          isChange && (base == null ? void 0 : base.status) !== "DRAFT" && !draft.value.isUrgent && a4(Text, { label: t4.prescribe.changeReason, hint: t4.record.mayBeEmpty, most: 500, value: draft.value.reason, onText: (reason) => change({ ...draft.value, reason }) }),
          (base == null ? void 0 : base.status) !== "DRAFT" && a4("div", { children: [
            a4("label", { class: "check", children: [
              a4("input", { type: "checkbox", checked: draft.value.isUrgent, onChange: (event) => change({ ...draft.value, isUrgent: event.currentTarget.checked }) }),
              isChange ? t4.prescribe.urgentChange : t4.prescribe.urgent
            ] }),
            draft.value.isUrgent && a4(Text, { id: "urgent-reason", label: t4.prescription.urgentReason, most: 500, value: draft.value.urgentReason, onText: (urgentReason) => change({ ...draft.value, urgentReason }) })
          ] })
        ] }),
        saving.problem && a4(Refusal, { problem: saving.problem }),
        a4("div", { class: "sign-bar row between", children: [
          a4("span", { class: "muted small", role: "status", children: ready.length > 0 && !isChecked ? t4.prescribe.checking : t4.prescribe.keys }),
          a4("div", { class: "row", children: [
            (!isChange || (base == null ? void 0 : base.status) === "DRAFT") && a4("button", { type: "button", disabled: saving.isBusy, onClick: () => {
              saving.run();
            }, children: t4.prescribe.saveDraft }),
            a4("button", { type: "button", class: "primary", disabled: review.isBusy, onClick: () => {
              review.run();
            }, children: t4.prescribe.review })
          ] })
        ] })
      ] }),
      a4(Aside, { patient })
    ] }),
    removed.value && a4("div", { class: "toast notice info", role: "status", children: [
      a4("span", { children: t4.prescribe.removed(removed.value.line.medicine.displayName) }),
      a4("button", { type: "button", class: "small", onClick: undo, children: t4.prescribe.undo })
    ] }),
    reviewing.value && isChecked && answer && a4(
      Review,
      {
        aim,
        base,
        draft: draft.value,
        answer: answer.what,
        idempotency: key.value,
        onClose: () => {
          reviewing.value = !1;
        },
        onSigned: (made) => {
          forget(aim), go(`/clinic/prescriptions/${made.id}`, !0);
        }
      }
    )
  ] });
}
function emptied(base, draft) {
  return [
    ["diagnosis", base == null ? void 0 : base.diagnosis, draft.diagnosis.trim(), t4.prescribe.diagnosis],
    ["symptoms", base == null ? void 0 : base.symptoms, draft.symptoms.trim(), t4.prescription.symptoms],
    ["note", base == null ? void 0 : base.clinicalNote, draft.note.trim(), t4.prescribe.note],
    ["follow-up", base == null ? void 0 : base.followUpDate, draft.followUp.day, t4.prescription.followUp]
  ];
}
function refusalOf(field) {
  return /\.(doseAmount|doseUnit|dosage)$/.test(field.field) ? `${t4.prescribe.amountMissing} ${field.message}` : field.message;
}

// src/screens/clinic/Worklist.tsx
var LOOK_BACK = 10080 * 6e4, kinds2 = ["alert.opened", "alert.updated", "clinical_record.changed", "connection.changed", "dose.updated", "prescription.changed", "schedule.changed", "vital.recorded"];
function Totals() {
  let board = useLoad((signal) => get("/doctor/dashboard", { signal }), [], [...kinds2]);
  return a4("section", { "aria-label": t4.today.totals, children: a4(Shown, { of: board, lines: 3, children: ({ totals, adherence, from, to }) => a4("dl", { class: "totals", children: [
    a4("div", { class: "card", children: [
      a4("dt", { children: t4.patients.title }),
      a4("dd", { children: a4("a", { class: "value", href: "/clinic/patients", children: totals.patients }) })
    ] }),
    a4("div", { class: "card", children: [
      a4("dt", { children: t4.today.attention }),
      a4("dd", { children: a4("a", { class: "value", href: "/clinic/patients?attention=yes&sort=attention", children: totals.needingAttention }) })
    ] }),
    a4("div", { class: "card", children: [
      a4("dt", { children: t4.alerts.title }),
      a4("dd", { children: [
        a4("a", { class: "value", href: "/clinic/alerts", children: totals.alertsOpen }),
        " ",
        totals.alertsCritical > 0 && a4(Badge, { tone: "critical", children: t4.today.critical(totals.alertsCritical) })
      ] }),
      totals.alertsAcknowledged > 0 && a4("dd", { class: "muted small", children: t4.today.takenOver(totals.alertsAcknowledged) })
    ] }),
    a4("div", { class: "card", children: [
      a4("dt", { children: t4.today.unconfirmed }),
      a4("dd", { class: "value", children: totals.unconfirmed })
    ] }),
    a4("div", { class: "card", children: [
      a4("dt", { title: `${date(from)} – ${date(to)}`, children: [
        t4.patient.adherence,
        " · ",
        t4.adherence.window(30)
      ] }),
      a4("dd", { children: a4(Adherence, { figure: adherence }) }),
      a4("dd", { class: "row small", children: [
        ["RED", "YELLOW", "GREEN"].map((colour) => a4("a", { href: `/clinic/patients?adherence=${colour}`, children: [
          t4.patients.colour[colour],
          ": ",
          totals[colour.toLowerCase()]
        ] }, colour)),
        a4("span", { class: "muted", children: t4.today.unknown(totals.nothingCounted + totals.notShared) })
      ] })
    ] })
  ] }) }) });
}
function Worklist() {
  let list = useList((query2, signal) => get("/doctor/worklist", { query: query2, signal }), [], [...kinds2], { step: 20 }), messages = useLoad((signal) => get("/notifications", { query: { unreadOnly: !0, limit: 100 }, signal }), [], ["notification.created", "notification.read"]), missed = list.value && messages.value ? notSaid(messages.value.items, list.value.items) : [], isListed = ({ patientId }) => {
    var _a;
    return ((_a = list.value) == null ? void 0 : _a.items.some(({ id }) => id === patientId)) ?? !1;
  }, others = missed.filter((one) => !isListed(one));
  return a4("section", { class: "stack tight", "aria-label": t4.today.call, children: [
    a4("h2", { class: "row", children: [
      t4.today.call,
      list.value && list.value.items.length > 0 ? a4(Badge, { children: a4("span", { class: "number", children: [
        list.value.items.length,
        list.value.nextCursor ? "+" : ""
      ] }) }) : null
    ] }),
    a4(Shown, { of: list, children: ({ items, nextCursor }) => items.length === 0 ? a4(Empty, { children: t4.today.noCall }) : a4($, { children: [
      a4("ul", { class: "stack tight", children: items.map((one) => a4("li", { children: a4(CallCard, { patient: one, message: missed.find(({ patientId }) => patientId === one.id), onChange: messages.reload }) }, one.id)) }),
      nextCursor && a4(Growing, { list })
    ] }) }),
    messages.problem && a4(Refusal, { problem: messages.problem, retry: messages.reload }),
    others.length > 0 && a4($, { children: [
      a4("h3", { children: t4.today.missed }),
      a4("ul", { class: "stack tight", children: others.map((one) => a4("li", { children: a4("article", { class: `alert-card ${graveOf(one)}`, children: a4(Missed2, { message: one, onChange: messages.reload, withLink: !0 }) }) }, one.id)) })
    ] })
  ] });
}
function CallCard({ patient, message, onChange }) {
  var _a;
  return a4("article", { class: `alert-card ${((_a = patient.reasons[0]) == null ? void 0 : _a.severity) ?? ""}`, children: [
    a4("div", { class: "row between", children: [
      a4("a", { href: `/clinic/patients/${patient.id}`, children: a4("b", { children: patient.fullName }) }),
      patient.phone ? a4("a", { class: "button small", href: `tel:${patient.phone}`, children: [
        t4.today.phone,
        a4("span", { class: "hidden-text", children: [
          " ",
          patient.fullName
        ] }),
        " ",
        a4("span", { class: "number", children: patient.phone })
      ] }) : a4("span", { class: "muted small", children: t4.today.noPhone })
    ] }),
    a4(Reasons, { of: patient.reasons, patient: patient.id }),
    message && a4(Missed2, { message, onChange })
  ] });
}
function notSaid(messages, list) {
  let said2 = new Set(list.filter(({ reasons }) => reasons.some(({ kind }) => kind === "LOW_ADHERENCE" || kind === "FALLING_ADHERENCE")).map(({ id }) => id)), since = Date.now() - LOOK_BACK;
  return messages.filter((one) => {
    let key = one.patientId ?? one.id;
    return !["MISSED_DOSE_ALERT", "LOW_ADHERENCE"].includes(one.type) || said2.has(key) || Date.parse(one.createdAt) < since ? !1 : (said2.add(key), !0);
  });
}
function graveOf({ urgency }) {
  return urgency === "CRITICAL" ? "CRITICAL" : urgency === "WARNING" ? "HIGH" : "";
}
function Missed2({ message, onChange, withLink }) {
  let reading = useAction(async () => {
    await post("/notifications/{id}/read", { path: { id: message.id } }), onChange();
  });
  return a4($, { children: [
    a4("p", { children: say({ english: message.english.body, khmer: message.khmer.body }) }),
    a4("div", { class: "row between", children: [
      a4("span", { class: "muted small", children: ago(message.createdAt) }),
      a4("div", { class: "row", children: [
        withLink && message.patientId && a4("a", { class: "button small", href: `/clinic/patients/${message.patientId}/adherence`, children: t4.open }),
        a4("button", { type: "button", class: "small", disabled: reading.isBusy, onClick: () => {
          reading.run();
        }, children: t4.today.seen })
      ] })
    ] }),
    reading.problem && a4(Refusal, { problem: reading.problem })
  ] });
}

// src/screens/clinic/Today.tsx
var order = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];
function Today() {
  var _a, _b;
  let alerts = useLoad(
    (signal) => get("/health-monitoring/alerts", { query: { state: "OPEN", limit: 50 }, signal }),
    [],
    ["alert.opened", "alert.updated"]
  ), requests = useLoad(
    (signal) => get("/connections", { query: { status: "PENDING", limit: 50 }, signal }),
    [],
    ["connection.changed"]
  ), revisions = useLoad(
    (signal) => get("/prescriptions", { query: { status: "PENDING_REVISION", limit: 50 }, signal }),
    [],
    ["prescription.changed"]
  );
  return a4("div", { class: "stack", children: [
    a4("h1", { children: t4.today.title }),
    a4(Totals, {}),
    a4("div", { class: "columns board", children: [
      a4(Column, { title: t4.today.values, count: (_a = alerts.value) == null ? void 0 : _a.items.length, children: a4(Shown, { of: alerts, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.today.noValues }) : a4("ul", { class: "stack tight", children: [...items].sort((a5, b3) => order.indexOf(a5.severity) - order.indexOf(b3.severity)).map((alert) => a4("li", { children: a4(AlertCard, { alert, onChange: alerts.reload }) }, alert.id)) }) }) }),
      a4(Worklist, {}),
      a4("div", { class: "stack", children: [
        a4(Column, { title: t4.today.requests, count: requests.value && requests.value.items.filter(isAsked).length, children: a4(Shown, { of: requests, lines: 3, children: ({ items }) => {
          let asked = items.filter(isAsked);
          return asked.length === 0 ? a4(Empty, { children: t4.today.noRequests }) : a4("ul", { class: "stack tight", children: asked.map((one) => a4("li", { children: a4(RequestCard, { connection: one, onChange: requests.reload }) }, one.id)) });
        } }) }),
        a4(Column, { title: t4.today.revisions, count: (_b = revisions.value) == null ? void 0 : _b.items.length, children: a4(Shown, { of: revisions, lines: 3, children: ({ items }) => items.length === 0 ? a4(Empty, { children: t4.today.noRevisions }) : a4("ul", { class: "stack tight", children: items.map((one) => a4("li", { class: "alert-card", children: [
          a4("b", { children: one.diagnosis ?? one.medications.map((line) => line.medicineName).join(", ") }),
          one.reason && a4("p", { children: one.reason }),
          a4("div", { class: "row between", children: [
            a4("span", { class: "muted small", children: ago(one.updatedAt) }),
            a4("a", { class: "button small", href: `/clinic/prescriptions/${one.id}`, children: t4.open })
          ] })
        ] }, one.id)) }) }) })
      ] })
    ] })
  ] });
}
function isAsked(connection2) {
  return connection2.requestedBy !== connection2.carerId;
}
function Column({ title, count, children }) {
  return a4("section", { class: "stack tight", "aria-label": title, children: [
    a4("h2", { class: "row", children: [
      title,
      count ? a4(Badge, { children: a4("span", { class: "number", children: count }) }) : null
    ] }),
    children
  ] });
}

// src/entry/clinic.tsx
var failed = y3(void 0);
function screen() {
  let found;
  return match("/clinic") ? { title: t4.today.title, view: a4(Today, {}) } : match("/clinic/patients") ? { title: t4.patients.title, view: a4(Patients, {}) } : (found = match("/clinic/patients/:id/prescribe")) ? { title: t4.prescribe.title, view: a4(Prescribe, { patient: found.id }, here.value) } : (found = match("/clinic/patients/:id")) || (found = match("/clinic/patients/:id/:tab")) ? { title: t4.patient.title, view: a4(PatientPage, { id: found.id, tab: found.tab ?? "summary" }, found.id) } : (found = match("/clinic/prescriptions/:id")) ? { title: t4.prescription.title, view: a4(PrescriptionPage, { id: found.id }, found.id) } : match("/clinic/alerts") ? { title: t4.alerts.title, view: a4(Alerts, {}) } : match("/clinic/connections") ? { title: t4.connections.title, view: a4(Connections, {}) } : match("/clinic/messages") ? { title: t4.messages.title, view: a4(Messages, { prefix: "/clinic" }) } : match("/clinic/account") ? { title: t4.account.title, view: a4(Account, {}) } : { title: t4.notFound.title, view: a4(Empty, { children: [
    a4("h1", { children: t4.notFound.title }),
    a4("p", { children: a4("a", { href: "/clinic", children: t4.notFound.home }) })
  ] }) };
}
function Desk() {
  var _a, _b;
  let open2 = useLoad((signal) => get("/health-monitoring/alerts", { query: { state: "OPEN", limit: 100 }, signal }), [], ["alert.opened", "alert.updated"]), unread = useLoad((signal) => get("/notifications/unread-count", { signal }), [], ["notification.created", "notification.read"]), { title, view } = screen(), places = [
    { address: "/clinic", text: t4.today.title },
    { address: "/clinic/patients", text: t4.patients.title },
    { address: "/clinic/alerts", text: t4.alerts.title, count: (_a = open2.value) == null ? void 0 : _a.items.length },
    { address: "/clinic/connections", text: t4.connections.title },
    { address: "/clinic/messages", text: t4.messages.title, news: (_b = unread.value) == null ? void 0 : _b.unreadCount },
    { address: "/clinic/account", text: t4.account.title }
  ];
  return a4(Frame, { home: "/clinic", places, title, live: !0, children: view });
}
function Pages() {
  return failed.value ? a4("main", { children: a4(Refusal, { problem: failed.value, retry: () => location.reload() }) }) : me.value ? a4(Desk, {}) : a4("main", { children: a4(Skeleton, {}) });
}
startRouter("/clinic");
Q(a4(Pages, {}), document.getElementById("app"));
enter("/clinic").catch((problem) => {
  problem.status !== 401 && (failed.value = problem);
});
