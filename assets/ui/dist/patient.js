// src/i18n/index.ts
var t = globalThis.dasTernTexts, language = document.documentElement.lang === "en" ? "en" : "km";
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
    if (continued === "away") throw new Problem(0, "away", t.errors.away, [], "");
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
    throw (_a = sent.signal) != null && _a.aborted ? error : new Problem(0, "away", t.errors.away, [], "");
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
    let told2 = await response.json();
    return new Problem(response.status, told2.code, told2.message, told2.errors, told2.instance);
  } catch {
    return new Problem(response.status, "unreadable", t.errors.unreadable, [], response.headers.get("x-request-id") ?? "");
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

// node_modules/preact/dist/preact.mjs
var n, t2, r, u, i, f, o, e, l, c, a, s, h = /* @__PURE__ */ Symbol.for("pv"), p = {}, y = [], v = /^m(i|n|o|s|text|space)$/, w = Array.isArray, d = y.slice, _ = Object.assign;
function g(n3) {
  n3 && n3.parentNode && n3.remove();
}
function k(n3, t5, r4) {
  var u4, i4, f5, o6 = {}, e4 = arguments.length;
  for (f5 in t5) f5 == "key" ? u4 = t5[f5] : f5 == "ref" && typeof n3 != "function" ? i4 = t5[f5] : o6[f5] = t5[f5];
  return e4 > 2 && (o6.children = e4 > 3 ? d.call(arguments, 2) : r4), m(n3, o6, u4, i4, null);
}
function m(r4, u4, i4, f5, o6) {
  var e4 = { type: r4, props: u4, key: i4, ref: f5, __k: null, __: null, __b: 0, __e: null, __c: null, constructor: h, __v: o6 || ++t2, __i: -1, __u: 0 };
  return !o6 && n.vnode && n.vnode(e4), e4;
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
  var r4, u4 = t5.__v, i4 = u4.__e, f5 = [], o6 = [], e4 = t5.__P;
  e4 && ((r4 = _({ constructor: h }, u4)).__v = u4.__v + 1, n.vnode && n.vnode(r4), z(e4, r4, u4, t5.__n, e4.namespaceURI, 32 & u4.__u ? [i4] : null, f5, i4 || S(u4), 32 & u4.__u, o6), r4.__v = u4.__v, r4.__.__k[r4.__i] = r4, E(f5, r4, o6), u4.__ = u4.__e = null, r4.__e != i4 && j(r4));
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
function I(n3, t5, r4, u4, i4, f5, o6, e4, l4, c4, a5) {
  var s4, h5, v4, w5, d5, _3, g5 = u4.__k || y, k4 = t5.length;
  for (l4 = q(r4, t5, g5, l4, k4), s4 = 0; s4 < k4; s4++) (v4 = r4.__k[s4]) != null && (h5 = ~v4.__i && g5[v4.__i] || p, v4.__i = s4, _3 = z(n3, v4, h5, i4, f5, o6, e4, l4, c4, a5), w5 = v4.__e, (h5.ref != v4.ref || 8 & h5.__u) && (h5.ref && G(h5.ref, null, v4, h5), v4.ref && a5.push(v4.ref, v4.__c || w5, v4)), d5 = d5 || w5, 4 & v4.__u ? (l4 = A(v4, l4, n3, !h5.__v), h5.__e && (h5.__e = null)) : typeof v4.type == "function" && _3 !== void 0 ? l4 = _3 : w5 && (l4 = w5.nextSibling), v4.__u &= -21);
  return r4.__e = d5, l4;
}
function q(n3, t5, r4, u4, i4) {
  var f5, o6, e4, l4, c4, a5, s4, p5, y5, v4 = r4.length, d5 = v4, _3 = 0, g5 = 0, k4 = n3.__k = Array(i4);
  for (f5 = 0; f5 < i4; f5++) (o6 = t5[f5]) != null && typeof o6 != "boolean" && typeof o6 != "function" ? (typeof o6 != "object" || o6.constructor === String ? o6 = k4[f5] = m(null, o6) : w(o6) ? o6 = k4[f5] = m($, { children: o6 }) : o6.constructor === h && o6.__b ? o6 = k4[f5] = m(o6.type, o6.props, o6.key, o6.ref, o6.__v) : k4[f5] = o6, l4 = f5 + _3, o6.__ = n3, o6.__b = n3.__b + 1, e4 = null, ~(c4 = o6.__i = P(o6, r4, l4, d5)) && (d5--, (e4 = r4[c4]) && (e4.__u |= 2)), e4 && e4.__v ? (o6.__u |= 16, c4 == l4 - 1 ? _3-- : c4 == l4 + 1 ? _3++ : c4 != l4 && (c4 > l4 ? _3-- : _3++, g5 = 1)) : (~c4 || (i4 > v4 ? _3-- : i4 < v4 && _3++), typeof o6.type != "function" && (o6.__u |= 4))) : k4[f5] = null;
  if (g5) {
    for (a5 = [], s4 = [], f5 = 0; f5 < i4; f5++) if ((o6 = k4[f5]) && 16 & o6.__u) {
      for (_3 = 0, p5 = a5.length; _3 < p5; ) a5[y5 = _3 + p5 >> 1] < o6.__i ? _3 = y5 + 1 : p5 = y5;
      a5[_3] = o6.__i, s4[f5] = _3 + 1;
    }
    for (_3 = a5.length; f5--; ) s4[f5] && (s4[f5] == _3 ? _3-- : k4[f5].__u |= 4);
  }
  if (d5) for (f5 = 0; f5 < v4; f5++) !(e4 = r4[f5]) || 2 & e4.__u || (e4.__e == u4 && (u4 = S(e4)), J(e4, e4));
  return u4;
}
function A(n3, t5, r4, u4) {
  var i4, f5, o6, e4;
  if (typeof n3.type == "function") {
    if (n3.props.__P) return t5;
    if (i4 = n3.__k) for (f5 = 0; f5 < i4.length; f5++) i4[f5] && (i4[f5].__ = n3, t5 = A(i4[f5], t5, r4, !1));
    return t5;
  }
  for (t5 && !t5.parentNode && (t5 = S(n3)) && !t5.parentNode && (t5 = null), o6 = n3.__e, e4 = t5; e4 && e4.nodeType == 8; ) e4 = e4.nextSibling;
  for (o6 != e4 && (!u4 && r4.moveBefore && o6.parentNode ? r4.moveBefore(o6, t5) : r4.insertBefore(o6, t5 || null)), t5 = o6; (t5 = t5 && t5.nextSibling) && t5.nodeType == 8 && !t5.data.startsWith("$s"); ) ;
  return t5;
}
function P(n3, t5, r4, u4) {
  var i4, f5 = n3.key, o6 = n3.type, e4 = t5[r4], l4 = e4 && !(2 & e4.__u);
  if (e4 === null && f5 == null || l4 && f5 == e4.key && o6 == e4.type) return r4;
  if (u4 > (l4 ? 1 : 0)) {
    for (i4 = r4 - 1; i4 >= 0; i4--) if ((e4 = t5[i4]) && !(2 & e4.__u) && f5 == e4.key && o6 == e4.type) return i4;
    for (i4 = r4 + 1; i4 < t5.length; i4++) if ((e4 = t5[i4]) && !(2 & e4.__u) && f5 == e4.key && o6 == e4.type) return i4;
  }
  return -1;
}
function T(n3, t5, r4) {
  r4 == null && (r4 = ""), t5[0] == "-" ? n3.setProperty(t5, r4) : n3[t5] = r4;
}
function N(n3, t5, r4, u4, i4) {
  var f5, o6;
  if (t5 == "style") if (typeof r4 == "string") n3.style.cssText = r4;
  else {
    if (typeof u4 == "string" && (n3.style.cssText = u4 = ""), u4) for (t5 in u4) r4 && t5 in r4 || T(n3.style, t5);
    if (r4) for (t5 in r4) u4 && r4[t5] == u4[t5] || T(n3.style, t5, r4[t5]);
  }
  else if (t5[0] == "o" && t5[1] == "n") typeof r4 != "function" && (r4 = null), typeof u4 != "function" && (u4 = null), (n3.__e || (n3.__e = {}))[t5] = r4, r4 && u4 || (o6 = a[t5] || (a[t5] = V(t5)), (n3.__a || (n3.__a = {}))[t5] = c, f5 = t5 != (t5 = t5.replace(l, "$1")), (t5 = t5.slice(2))[0] < "a" && (t5 = t5.toLowerCase()), r4 ? n3.addEventListener(t5, o6, f5) : n3.removeEventListener(t5, o6, f5));
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
function z(t5, r4, u4, i4, f5, o6, e4, l4, c4, a5) {
  var s4, p5, v4, d5, k4, b3, m5, M2, C3, j3, L2, H2, q2, A4, O2, P3, T4, N2, V2 = r4.type;
  if (r4.constructor !== h) return null;
  128 & u4.__u && (c4 = 32 & u4.__u, s4 = u4.__c.__z) && (r4.__u |= c4, p5 = o6 = [], s4.nodeType == 8 ? l4 = B(s4, o6) : o6.push(s4), l4 = o6[0] || l4), (s4 = n.__b) && s4(r4);
  n: if (typeof V2 == "function") {
    v4 = e4.length;
    try {
      if (M2 = r4.props, C3 = (s4 = V2.prototype) && s4.render, j3 = (s4 = V2.contextType) && i4[s4.__c], L2 = s4 ? j3 ? j3.props.value : s4.__ : i4, (d5 = u4.__c) ? (r4.__c = d5, 2 & d5.__g && (d5.__g |= 1)) : (C3 ? r4.__c = d5 = new V2(M2, L2) : (r4.__c = d5 = new x(M2, L2), d5.constructor = V2, d5.render = K), j3 && j3.sub(d5), d5.state || (d5.state = {}), d5.__n = i4, d5.__g |= 8, d5.__h = [], d5.__k = []), C3 && (d5.__s || (d5.__s = d5.state), V2.getDerivedStateFromProps && (d5.__s == d5.state && (d5.__s = _({}, d5.__s)), _(d5.__s, V2.getDerivedStateFromProps(M2, d5.__s)))), k4 = d5.props, b3 = d5.state, d5.__v = r4, u4.__c) {
        if (M2 !== k4 && C3 && !V2.getDerivedStateFromProps && d5.componentWillReceiveProps && d5.componentWillReceiveProps(M2, L2), r4.__v == u4.__v && !(8 & d5.__g) || !(4 & d5.__g) && d5.shouldComponentUpdate && d5.shouldComponentUpdate(M2, d5.__s, L2) === !1) {
          r4.__v != u4.__v && (d5.props = M2, d5.state = d5.__s, d5.__g &= -9), r4.__e = u4.__e, r4.__k = u4.__k, r4.__k.some(function(n3) {
            n3 && (n3.__ = r4);
          }), y.push.apply(d5.__h, d5.__k), d5.__k = [], d5.__h.length && e4.push(d5), l4 = S(u4);
          break n;
        }
        d5.componentWillUpdate && d5.componentWillUpdate(M2, d5.__s, L2), C3 && d5.componentDidUpdate && d5.__h.push(function() {
          d5.componentDidUpdate(k4, b3, m5);
        });
      } else C3 && !V2.getDerivedStateFromProps && d5.componentWillMount && d5.componentWillMount(), C3 && d5.componentDidMount && d5.__h.push(d5.componentDidMount);
      d5.context = L2, d5.props = M2, d5.__P = t5, d5.__g &= -5, H2 = n.__r, q2 = C3 ? 25 : 0;
      do
        d5.__g &= -9, H2 && H2(r4), s4 = d5.render(d5.props, d5.state = d5.__s, d5.context);
      while (8 & d5.__g && ++q2 < 25);
      C3 && (y.push.apply(d5.__h, d5.__k), d5.__k = []), d5.state = d5.__s, d5.getChildContext && (i4 = _({}, i4, d5.getChildContext())), C3 && u4.__c && d5.getSnapshotBeforeUpdate && (m5 = d5.getSnapshotBeforeUpdate(k4, b3)), A4 = s4 && s4.type === $ && s4.key == null ? s4.props.children : s4, M2.__P && (s4 = l4, f5 = (t5 = M2.__P).namespaceURI, c4 = o6 = null, u4.props && u4.props.__P != t5 && (u4.__k.some(function(n3) {
        n3 && J(n3, n3);
      }), u4.__k = null), l4 = u4.__k ? S(u4, 0) : null), l4 = I(t5, w(A4) ? A4 : [A4], r4, u4, i4, f5, o6, e4, l4, c4, a5), M2.__P && (r4.__e = null, l4 = s4), r4.__u &= -161, p5 && p5.some(g), d5.__h.length && e4.push(d5), 1 & d5.__g && (d5.__g &= -4);
    } catch (t6) {
      if (e4.length = v4, r4.__v = null, c4 || o6) if (t6 && t6.then) {
        if (r4.__u |= 128 | c4, o6) {
          for (~(T4 = o6.indexOf(l4 || void 0)) || (T4 = o6.length); (N2 = o6[T4 - 1]) && N2.nodeType == 8; ) T4--;
          for (; T4 < o6.length; T4++) if (N2 = o6[T4]) if (o6[T4] = null, O2) {
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
      } else o6 && o6.some(g);
      else r4.__e = u4.__e;
      r4.__k || (r4.__k = u4.__k || []), t6 && t6.then || D(r4), n.__e(t6, r4, u4);
    }
  } else l4 = r4.__e = F(u4.__e, r4, u4, i4, f5, o6, e4, c4, a5, t5);
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
function F(t5, r4, u4, i4, f5, o6, e4, l4, c4, a5) {
  var s4, h5, y5, _3, k4, b3, m5, M2, $2 = u4.props || p, x3 = r4.props, C3 = r4.type;
  if (C3 == "svg" ? f5 = "http://www.w3.org/2000/svg" : C3 == "math" ? f5 = "http://www.w3.org/1998/Math/MathML" : f5 || (f5 = "http://www.w3.org/1999/xhtml"), o6) {
    for (s4 = 0; s4 < o6.length; s4++) if ((k4 = o6[s4]) && (C3 ? k4.localName == C3 : k4.nodeType == 3)) {
      t5 = k4, o6[s4] = null;
      break;
    }
  }
  if (!t5) {
    if (M2 = a5.ownerDocument || document, !C3) return M2.createTextNode(x3);
    t5 = M2.createElementNS(f5, C3, x3.is ? x3 : a5), l4 && (n.__m && n.__m(r4, o6), l4 = !1), o6 = null;
  }
  if (C3) {
    if (a5 = C3 == "template" && t5.content || t5, o6 = C3 == "textarea" && x3.defaultValue != null ? null : o6 && d.call(a5.childNodes), !l4 && o6) for ($2 = {}, s4 = 0; s4 < t5.attributes.length; s4++) $2[(k4 = t5.attributes[s4]).name] = k4.value;
    for (s4 in $2) k4 = $2[s4], s4 == "dangerouslySetInnerHTML" ? y5 = k4 : s4 == "children" || s4 in x3 || s4 == "value" && "defaultValue" in x3 || s4 == "checked" && "defaultChecked" in x3 || N(t5, s4, null, k4, f5);
    for (s4 in x3) k4 = x3[s4], s4 == "children" ? _3 = k4 : s4 == "dangerouslySetInnerHTML" ? h5 = k4 : s4 == "value" ? b3 = k4 : s4 == "checked" ? m5 = k4 : l4 && typeof k4 != "function" || $2[s4] === k4 || N(t5, s4, k4, $2[s4], f5);
    h5 ? (l4 || y5 && (h5.__html == y5.__html || h5.__html == t5.innerHTML) || (t5.innerHTML = h5.__html), r4.__k = []) : (y5 && (t5.textContent = ""), (C3 == "foreignObject" || f5 == "http://www.w3.org/1998/Math/MathML" && v.test(C3)) && (f5 = "http://www.w3.org/1999/xhtml"), I(a5, w(_3) ? _3 : [_3], r4, u4, i4, f5, o6, e4, o6 ? o6[0] : u4.__k && S(u4, 0), l4, c4), o6 && o6.some(g)), l4 && C3 != "textarea" || (s4 = "value", C3 == "progress" && b3 == null ? t5.removeAttribute(s4) : b3 == null || b3 === t5[s4] && (C3 != "progress" || b3) || N(t5, s4, b3, $2[s4], f5), s4 = "checked", m5 != null && m5 != t5[s4] && N(t5, s4, m5, $2[s4], f5));
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
  var i4, f5, o6, e4;
  if (n.unmount && n.unmount(t5), !(i4 = t5.ref) || i4.current && i4.current != t5.__e || G(i4, null, r4, t5), i4 = t5.__c) {
    if (i4.componentWillUnmount) try {
      i4.componentWillUnmount();
    } catch (t6) {
      n.__e(t6, r4);
    }
    i4.__P = i4.__n = null;
  }
  if (i4 = t5.__k) for (e4 = 0; e4 < i4.length; e4++) i4[e4] && J(i4[e4], r4, typeof t5.type != "function" || u4 && !t5.props.__P);
  !u4 && (i4 = t5.__c) && (i4 = i4.__z) && (f5 = B(i4, o6 = [])) && (i4 == t5.__e && o6.some(g), g(f5), g(i4)), u4 || g(t5.__e), t5.__e = t5.__c = t5.__ = null;
}
function K(n3, t5, r4) {
  return this.constructor(n3, r4);
}
function Q(t5, r4) {
  var u4, i4, f5, o6;
  n.__ && n.__(t5, r4), r4.nodeType == 9 && (r4 = r4.documentElement), i4 = (u4 = t5 && 32 & t5.__u) ? null : r4.__k, r4.__k = m($, { children: [t5] }), f5 = [], o6 = [], z(r4, r4.__k, i4 || p, p, r4.namespaceURI, i4 ? null : r4.firstChild ? d.call(r4.childNodes) : null, f5, i4 ? i4.__e : r4.firstChild, u4, o6), E(f5, r4.__k, o6), r4.__k.props.children = null;
}
n = { __e: function(n3, t5, r4, u4) {
  for (var i4, o6, e4; t5 = t5.__; ) if ((i4 = t5.__c) && !(1 & i4.__g)) {
    i4.__g |= 4;
    try {
      if ((e4 = (o6 = i4.constructor) && o6.getDerivedStateFromError) && i4.setState(o6.getDerivedStateFromError(n3)), i4.componentDidCatch && (i4.componentDidCatch(n3, u4 || {}), e4 = 1), e4 && 8 & i4.__g) return void (i4.__g |= 2);
    } catch (t6) {
      n3 = t6;
    }
  }
  throw f = 0, n3;
} }, t2 = 0, r = function(n3) {
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
var t3, r2, u2, i2, o2 = Object.is, f2 = 0, c2 = [], e2 = [], a2 = n, v2 = a2.__b, l2 = a2.__r, m2 = a2.diffed, h2 = a2.__c, s2 = a2.unmount, p2 = a2.__;
function y2(n3, t5) {
  a2.__h && a2.__h(r2, n3, f2 || t5), f2 = 0;
  var u4 = r2.__H || (r2.__H = { __: [], __h: [] });
  return n3 >= u4.__.length && u4.__.push({}), u4.__[n3];
}
function A2(n3, u4) {
  var i4 = y2(t3++, 3);
  !a2.__s && E2(i4.__H, u4) && (i4.__P = !0, i4.__ = n3, i4.u = u4, r2.__H.__h.push(i4));
}
function T2(n3) {
  return f2 = 5, w2(function() {
    return { current: n3 };
  }, []);
}
function w2(n3, r4) {
  var u4 = y2(t3++, 7);
  return E2(u4.__H, r4) && (u4.__ = n3(), u4.__H = r4), u4.__;
}
function P2() {
  var n3 = y2(t3++, 11);
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
  l2 && l2(n3), t3 = 0;
  var i4 = (r2 = n3.__c).__H;
  i4 && (u2 == r2 ? r2.__h = [] : (i4.__h.some(C2), i4.__h.some(D2), t3 = 0), i4.__h = [], i4.__.some(function(n4) {
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
function t4() {
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
    t4();
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
      t4();
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
      o3 = n3, t4();
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
    t4();
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
    var o6 = O(function() {
      var i6 = t5.value.value;
      return i6 === 0 ? 0 : i6 === !0 ? "" : i6 || "";
    }), e5 = O(function() {
      return !Array.isArray(o6.value) && !r(o6.value);
    }), u5 = x2(function() {
      if (this.N = M, e5.value) {
        var n4 = o6.value;
        i5.__v && i5.__v.__e && i5.__v.__e.nodeType === 3 && (i5.__v.__e.data = n4);
      }
    }), c5 = n3.__$u.d;
    return n3.__$u.d = function() {
      u5(), c5.call(this);
    }, [e5, o6];
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
      var o6 = t5[f5];
      o6 instanceof l3 && (r4 || (n3.__np = r4 = {}), r4[f5] = o6, t5[f5] = o6.peek());
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
    var t5 = n3.__np, f5 = n3.props, o6 = r4.U;
    if (o6) for (var e4 in o6) {
      var u4 = o6[e4];
      u4 === void 0 || t5 && e4 in t5 || (u4.d(), o6[e4] = void 0);
    }
    if (t5) {
      o6 || (o6 = {}, r4.U = o6);
      for (var a5 in t5) {
        var c4 = o6[a5], v4 = t5[a5];
        c4 === void 0 ? (c4 = k3(r4, a5, v4, f5), o6[a5] = c4) : c4.o(v4, f5);
      }
    }
  }
  i4(n3);
});
function k3(i4, n3, r4, t5) {
  var f5 = n3 in i4 && i4.ownerSVGElement === void 0, o6 = y3(r4);
  return { o: function(i5, n4) {
    o6.value = i5, t5 = n4;
  }, d: x2(function() {
    this.N = M;
    var r5 = o6.value.value;
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
          var o6 = t5[f5];
          o6 && o6.d();
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
    var o6 = 2 & this.__$f;
    if (!(t5 || o6 || 4 & this.__$f) || 1 & this.__$f) return !0;
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

// src/core/store.ts
var [KEPT, OUTBOX] = ["kept", "outbox"], opening;
function open() {
  return opening ?? (opening = new Promise((resolve, reject) => {
    let asked = indexedDB.open("das-tern", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(KEPT), asked.result.createObjectStore(OUTBOX, { keyPath: "clientId" });
    }, asked.onsuccess = () => resolve(asked.result), asked.onerror = () => reject(asked.error);
  })), opening;
}
var [keptHere, outboxHere] = [/* @__PURE__ */ new Map(), /* @__PURE__ */ new Map()];
async function within(name, mode, act) {
  let database;
  try {
    database = await open();
  } catch {
    return;
  }
  return new Promise((resolve, reject) => {
    let transaction = database.transaction(name, mode), asked = act(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(asked.result), transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}
async function keep(name, value) {
  keptHere.set(name, value), await within(KEPT, "readwrite", (store) => store.put(value, name)).catch(() => {
  });
}
async function kept(name) {
  return keptHere.get(name) ?? await within(KEPT, "readonly", (store) => store.get(name));
}
async function forgetKept() {
  keptHere.clear(), await within(KEPT, "readwrite", (store) => store.clear()).catch(() => {
  });
}
async function putMark(mark) {
  outboxHere.set(mark.clientId, mark), await within(OUTBOX, "readwrite", (store) => store.put(mark));
}
async function dropMarks(ids) {
  for (let id of ids)
    outboxHere.delete(id), await within(OUTBOX, "readwrite", (store) => store.delete(id));
}
async function marks() {
  return (await within(OUTBOX, "readonly", (store) => store.getAll()).catch(() => {
  }) ?? [...outboxHere.values()]).sort((one, other) => one.at < other.at ? -1 : 1);
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
  let waiting2, hearer = (kind) => {
    kind !== "resync" && !wanted.includes(kind) || (waiting2 ?? (waiting2 = setTimeout(() => {
      waiting2 = void 0, act();
    }, 300)));
  };
  return hearers.add(hearer), () => {
    hearers.delete(hearer), clearTimeout(waiting2);
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
  let listenForEver = () => (open2(), new Promise(() => {
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
function open2() {
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
    setTimeout(open2, Math.min(3e4, 1e3 * 2 ** Math.min(tries, 5)));
  }
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
function daysAfter(day, days2) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days2 * 24 * 60 * MINUTE).toISOString().slice(0, 10);
}
function date(of) {
  let { year, month, day } = parts(of.length === 10 ? `${of}T00:00:00+07:00` : of);
  return `${day} ${t.months[month]} ${year}`;
}
function shortDate(of) {
  let { month, day } = parts(of.length === 10 ? `${of}T00:00:00+07:00` : of);
  return language === "km" ? `${day} ${t.months[month]}` : `${day} ${t.months[month].slice(0, 3)}`;
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
  return minutes < 1 ? t.ago.now : minutes < 60 ? t.ago.minutes(minutes) : minutes < 1440 ? t.ago.hours(Math.floor(minutes / 60)) : minutes < 10080 ? t.ago.days(Math.floor(minutes / 1440)) : date(instant);
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
function numberError(typed) {
  return typed.is === "wrong" ? t.errors.number[typed.why] : void 0;
}
function clock(instant) {
  return parts(instant).time;
}
function dayOfInstant(instant) {
  return new Date(new Date(instant).getTime() + OFFSET).toISOString().slice(0, 10);
}
function readTime(text) {
  let found = /^(\d{1,2})[:.hH](\d{2})$/.exec(plainDigits(text).trim());
  if (!(!found || Number(found[1]) > 23 || Number(found[2]) > 59))
    return `${found[1].padStart(2, "0")}:${found[2]}`;
}
function instantOf(day, time) {
  return (/* @__PURE__ */ new Date(`${day}T${time}:00+07:00`)).toISOString();
}

// src/core/days.ts
var days = y3(void 0), daysProblem = y3(void 0), NAME = "days", owner = "";
async function startDays(person) {
  owner = person;
  let found = await kept(NAME);
  (found == null ? void 0 : found.person) === person && (days.value = found), addEventListener("online", () => {
    loadDays();
  }), hear(["dose.updated", "schedule.changed", "prescription.changed"], () => {
    loadDays();
  });
}
function lean(dose) {
  return { ...dose, corrections: [], reminders: [], notes: null, deviceTime: null, recordedBy: null };
}
var running;
function loadDays() {
  let loading = load();
  return running = loading, loading;
}
async function stopDays() {
  owner = "", await running;
}
async function load() {
  if (owner)
    try {
      let found = await get("/doses/schedule", { query: { date: daysAfter(today(), -1), days: 9 } });
      days.value = { person: owner, at: Date.now(), doses: found.doses.map(lean) }, daysProblem.value = void 0, await keep(NAME, days.value);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      daysProblem.value = error;
    }
}
function settle(settled) {
  let now = (/* @__PURE__ */ new Date()).toISOString();
  change((dose) => {
    let one = settled.find((other) => other.doseId === dose.id);
    return one ? { ...dose, status: one.status, takenAt: one.status.startsWith("TAKEN") ? one.at : null, recordedAt: now } : dose;
  }), loadDays();
}
function replaceDose(dose) {
  change((other) => other.id === dose.id ? lean(dose) : other), loadDays();
}
function change(act) {
  days.value && (days.value = { ...days.value, doses: days.value.doses.map(act) }, keep(NAME, days.value));
}

// src/core/outbox.ts
var outbox = y3([]), refused = y3([]), clockShift = y3(0), told = y3([]);
function tell2(doseId, notices) {
  let others = told.value.filter((one) => one.doseId !== doseId);
  told.value = [...others, ...notices.map(({ text }) => ({ doseId, text }))];
}
var REFUSED = "refused", MOST = 100, whenSettled = (_3) => {
}, owner2 = "";
async function startOutbox(person, settled) {
  owner2 = person, whenSettled = settled, outbox.value = (await marks()).filter((mark) => mark.person === person), refused.value = await kept(REFUSED) ?? [], addEventListener("online", soon), document.addEventListener("visibilitychange", () => {
    document.hidden || soon();
  }), flush();
}
async function note(doses, action, at, reason) {
  let made = doses.map((doseId) => ({ clientId: newKey(), person: owner2, doseId, action, at, reason }));
  outbox.value = [...outbox.value.filter((mark) => !doses.includes(mark.doseId)), ...made];
  for (let mark of made) await putMark(mark);
  soon();
}
async function takeBack(doseId) {
  await running2;
  let found = outbox.value.filter((mark) => mark.doseId === doseId);
  return outbox.value = outbox.value.filter((mark) => mark.doseId !== doseId), await dropMarks(found.map((mark) => mark.clientId)), found.length > 0;
}
var [SHORTEST_PAUSE, LONGEST_PAUSE] = [2e3, 6e4], pause = SHORTEST_PAUSE, waiting, running2;
function flush() {
  return clearTimeout(waiting), running2 ?? (running2 = inTurn2(send2).catch(() => {
  }).finally(() => {
    running2 = void 0, outbox.value.length > 0 && (waiting = setTimeout(() => {
      flush();
    }, pause)), pause = outbox.value.length > 0 ? Math.min(pause * 2, LONGEST_PAUSE) : SHORTEST_PAUSE;
  })), running2;
}
function soon() {
  pause = SHORTEST_PAUSE, flush();
}
async function send2() {
  outbox.value = (await marks()).filter((mark) => mark.person === owner2);
  let batch = outbox.value.slice(0, MOST);
  if (batch.length === 0) return;
  let actions = batch.map(({ clientId, doseId, action, at: at2, reason }) => ({ clientId, doseId, action, at: at2, reason })), answer = await post("/doses/sync", { body: { actions, sentAt: (/* @__PURE__ */ new Date()).toISOString() } }).catch((error) => {
    if (!(error instanceof Problem))
      throw error;
  });
  if (!answer) return;
  let settled = [...answer.applied, ...answer.unchanged], final = answer.conflicts.filter((one) => !one.maySendAgain), at = (id) => {
    var _a;
    return ((_a = batch.find((mark) => mark.clientId === id)) == null ? void 0 : _a.at) ?? "";
  }, done = [...settled, ...final].map((one) => one.clientId);
  final.length > 0 && (refused.value = [...refused.value, ...final.map((one) => ({ doseId: one.doseId, at: at(one.clientId), message: one.message }))], await keep(REFUSED, refused.value));
  for (let one of settled) one.clockShiftSeconds && (clockShift.value = one.clockShiftSeconds);
  for (let one of answer.applied) tell2(one.doseId, one.notices);
  whenSettled(settled.map((one) => ({ ...one, at: at(one.clientId) }))), await dropMarks(done), outbox.value = outbox.value.filter((mark) => !done.includes(mark.clientId));
}
async function haveRead() {
  refused.value = [], await keep(REFUSED, []);
}
function inTurn2(act) {
  return navigator.locks ? navigator.locks.request("das-tern-outbox", act).then(() => {
  }) : act();
}

// src/core/load.ts
function useLoad(fetch2, deps, kinds2 = []) {
  let state = useSignal({ isLoading: !0 }), running3 = T2(void 0), load2 = T2(() => {
  });
  load2.current = () => {
    var _a;
    (_a = running3.current) == null || _a.abort();
    let controller = new AbortController();
    running3.current = controller, state.value = { ...state.value, isLoading: !0 }, fetch2(controller.signal).then(
      (value2) => {
        controller.signal.aborted || (state.value = { value: value2, isLoading: !1 });
      },
      (error) => {
        if (controller.signal.aborted) return;
        let problem2 = error instanceof Problem ? error : new Problem(0, "fault", String(error), [], "");
        state.value = { value: problem2.isPassing ? state.value.value : void 0, problem: problem2, isLoading: !1 };
      }
    );
  }, A2(() => (state.value = { isLoading: !0 }, load2.current(), () => {
    var _a;
    return (_a = running3.current) == null ? void 0 : _a.abort();
  }), deps), A2(() => kinds2.length > 0 ? hear(kinds2, () => load2.current()) : void 0, []);
  let { value, problem, isLoading } = state.value;
  return { value, problem, isLoading, reload: () => load2.current() };
}

// src/core/router.ts
var here = y3(location.pathname + location.search), mayLeave = () => !0;
function go(address, replace = !1) {
  mayLeave() && (replace ? history.replaceState(null, "", address) : history.pushState(null, "", address), here.value = address, window.scrollTo(0, 0));
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

// src/core/session.ts
var me = y3(void 0);
function homeOf(person) {
  return person.role === "DOCTOR" && person.status === "VERIFIED" ? "/clinic" : person.role === "ADMIN" && person.status === "ACTIVE" ? "/admin" : person.role === "PATIENT" && person.status === "ACTIVE" ? "/me" : person.role === "FAMILY_MEMBER" && person.status === "ACTIVE" ? "/family" : "/sign-in";
}
var SIGNED_IN = "das-tern-signed-in", noteSignedIn = () => localStorage.setItem(SIGNED_IN, "1");

// src/core/own.ts
var isAway = y3(!1), roots = ["/me", "/family", "/plan"], root = roots.find((one) => location.pathname.startsWith(one)) ?? "/me", PERSON = "person";
async function enterOwn(begin) {
  onSignedOut(() => {
    leave();
  });
  let before = await kept(PERSON), person;
  try {
    person = await get("/auth/me");
  } catch (error) {
    if (!(error instanceof Problem) || !error.isPassing || !before) throw error;
    person = before, isAway.value = !0, addEventListener("online", () => {
      get("/auth/me").then(changed, () => {
      });
    }, { once: !0 });
  }
  let home = homeOf(person);
  if (home !== root && (root !== "/plan" || !["/me", "/family"].includes(home))) return location.replace(home);
  before && before.id !== person.id && await forgetKept(), await keep(PERSON, person), await dropMarks((await marks()).filter((mark) => mark.person !== person.id).map((mark) => mark.clientId)), noteSignedIn();
  let own = person.language === "ENGLISH" ? "en" : "km";
  if (!document.cookie.includes("das-tern-language=") && own !== language && !isAway.value) return speak(own);
  await begin(person), me.value = person, addEventListener("pageshow", (event) => {
    event.persisted && location.reload();
  }), addEventListener("offline", () => {
    isAway.value = !0;
  }), addEventListener("online", () => {
    isAway.value = !1;
  });
}
async function changed(person) {
  me.value = person, await keep(PERSON, person);
}
var isLeaving = !1;
async function leave() {
  isLeaving || (isLeaving = !0, me.value = void 0, localStorage.removeItem(SIGNED_IN), await forgetKept(), location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`));
}
async function signOutOwn() {
  if (isLeaving = !0, me.value = void 0, stopListening(), await post("/auth/browser/logout").catch(() => {
  }), await forgetKept(), await dropMarks((await marks()).map((mark) => mark.clientId)), "caches" in globalThis) for (let name of await caches.keys()) await caches.delete(name);
  sessionStorage.clear(), localStorage.removeItem(SIGNED_IN), location.replace("/sign-in");
}
function startWorker() {
  if (!("serviceWorker" in navigator)) return;
  let types2 = globalThis.trustedTypes, rules = { createScriptURL: (address2) => {
    if (address2 === "/sw.js") return address2;
    throw new TypeError(address2);
  } }, address = ((types2 == null ? void 0 : types2.createPolicy("dt-sw", rules)) ?? rules).createScriptURL("/sw.js");
  navigator.serviceWorker.register(address).catch(() => {
  });
}

// src/core/text-size.ts
var NAME2 = "das-tern-text";
function textSize() {
  let found = localStorage.getItem(NAME2);
  return found === "125" || found === "150" ? found : "100";
}
function setTextSize(size) {
  localStorage.setItem(NAME2, size), showTextSize();
}
function showTextSize() {
  document.documentElement.classList.remove("text-125", "text-150"), textSize() !== "100" && document.documentElement.classList.add(`text-${textSize()}`);
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
      t.errors.reference,
      ": ",
      a4("span", { lang: "en", children: problem.reference })
    ] }),
    retry && a4("button", { type: "button", class: "small", onClick: retry, children: t.retry })
  ] });
}
function Skeleton({ lines = 6 }) {
  return a4("div", { class: "skeleton", children: [
    a4("p", { class: "hidden-text", role: "status", children: t.loading }),
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
    a4("h2", { children: t.errors.summary }),
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
      a4(Area, { label, value: reason.value, most: 500, error: missing.value ? t.errors.reason : void 0, onText: (text2) => {
        reason.value = text2;
      } }),
      doing.problem && a4(Refusal, { problem: doing.problem }),
      a4("div", { class: "row", children: [
        a4("button", { type: "submit", class: danger ? "danger" : "primary", disabled: doing.isBusy, children: action }),
        a4("button", { type: "button", onClick: onClose, children: t.cancel })
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

// src/i18n/own.ts
var o5 = globalThis.dasTernOwnTexts, DIGITS = "das-tern-digits", hasKhmerDigits = () => language === "km" && localStorage.getItem(DIGITS) === "km", setKhmerDigits = (wanted) => localStorage.setItem(DIGITS, wanted ? "km" : "");
function d4(text) {
  let plain = String(text);
  return hasKhmerDigits() ? plain.replace(/\d/g, (digit) => String.fromCharCode(6112 + Number(digit))) : plain;
}

// src/kit/phone.tsx
var icons = {
  day: a4("path", { d: "M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M18.4 5.6l-2.2 2.2M7.8 16.2l-2.2 2.2M12 8.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6z" }),
  pill: a4("path", { d: "M10.5 20.2a4.7 4.7 0 0 1-6.7-6.7l9.7-9.7a4.7 4.7 0 0 1 6.7 6.7zM8.6 8.6l6.8 6.8" }),
  heart: a4("path", { d: "M12 20S4 15 4 9.2A4.2 4.2 0 0 1 12 7a4.2 4.2 0 0 1 8 2.2C20 15 12 20 12 20z" }),
  people: a4("path", { d: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 3-6.5 6.5-6.5s6.5 2.5 6.5 6.5M16 4.4a3.5 3.5 0 0 1 0 6.3M18 13.9c2.2.9 3.5 3.2 3.5 6.1" }),
  more: a4("path", { d: "M4 7h16M4 12h16M4 17h16" })
};
function Icon({ of }) {
  return a4("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", children: icons[of] });
}
function Phone({ spots: spots2, title, children, notSent }) {
  var _a;
  let main = T2(null), address = here.value.split("?")[0], first = T2(!0);
  A2(() => {
    var _a2;
    first.current || (_a2 = main.current) == null || _a2.focus(), first.current = !1;
  }, [address]), A2(() => {
    document.title = `${title} · Das Tern`;
  }, [title]);
  let isHere = (spot) => address === spot.address || spot.address !== root && address.startsWith(`${spot.address}/`);
  return a4($, { children: [
    a4("a", { class: "skip", href: "#main", onClick: (event) => {
      var _a2;
      event.preventDefault(), (_a2 = main.current) == null || _a2.focus();
    }, children: t.skip }),
    a4("header", { class: "top phone", children: [
      a4("a", { class: "brand", href: spots2[0].address, children: "ដាស់តឿន" }),
      a4("div", { class: "end", children: [
        isAway.value && a4("span", { class: "badge warning", role: "status", children: o5.today.awayShort }),
        notSent ? a4("span", { class: "badge info", role: "status", children: [
          o5.today.notSent,
          " ",
          d4(notSent)
        ] }) : null,
        a4("span", { class: "person nowrap", children: (_a = me.value) == null ? void 0 : _a.fullName }),
        a4(LanguageSwitch, {})
      ] })
    ] }),
    a4("main", { id: "main", class: "phone", tabIndex: -1, ref: main, children }),
    a4("nav", { class: "spots", "aria-label": t.menu, children: a4("ul", { children: spots2.map((spot) => a4("li", { children: a4("a", { href: spot.address, "aria-current": isHere(spot) ? "page" : void 0, children: [
      a4(Icon, { of: spot.icon }),
      a4("span", { children: [
        spot.text,
        spot.count ? a4("span", { class: "count number", children: spot.count }) : null
      ] })
    ] }) }, spot.address)) }) })
  ] });
}
function Rows({ of }) {
  return a4("ul", { class: "rows card", children: of.map((row) => a4("li", { children: a4("a", { href: row.address, children: [
    a4("span", { children: [
      row.text,
      row.count ? a4("span", { class: "count number", children: row.count }) : null
    ] }),
    a4("span", { "aria-hidden": "true", children: "›" })
  ] }) }, row.address)) });
}
function nowhere() {
  return { title: t.notFound.title, view: a4(Empty, { children: [
    a4("h1", { children: t.notFound.title }),
    a4("p", { children: a4("a", { href: root, children: t.notFound.home }) })
  ] }) };
}
function startPhone(spots2, screen2, notSent, begin) {
  let failed = y3(void 0), Desk = () => {
    let { title, view } = screen2();
    return a4(Phone, { spots: spots2(), title, notSent: notSent(), children: view });
  }, Pages = () => failed.value ? a4("main", { children: a4(Refusal, { problem: failed.value, retry: () => location.reload() }) }) : me.value ? a4(Desk, {}) : a4("main", { children: a4(Skeleton, { lines: 8 }) });
  showTextSize(), startRouter(root), Q(a4(Pages, {}), document.getElementById("app")), enterOwn(begin).catch((problem) => {
    problem.status !== 401 && (failed.value = problem);
  }), startWorker();
}

// src/kit/pages.tsx
var STEP = 30, MOST2 = 100;
function usePages() {
  let size = useSignal(STEP);
  return { size: size.value, grow: () => {
    size.value = Math.min(MOST2, size.value + STEP);
  } };
}
function More({ pages, shown: shown2, more }) {
  return a4("div", { class: "row", children: [
    a4("span", { class: "muted small number", role: "status", children: t.shown(shown2) }),
    more && pages.size < MOST2 && a4("button", { type: "button", class: "small", onClick: pages.grow, children: t.more }),
    more && pages.size >= MOST2 && a4("span", { class: "muted small", children: t.narrow })
  ] });
}

// src/screens/Messages.tsx
function Messages({ prefix }) {
  let unreadOnly = query("which") !== "all", base = `${prefix}/messages`, pages = usePages(), messages = useLoad((signal) => get("/notifications", { query: { unreadOnly: unreadOnly || void 0, limit: pages.size }, signal }), [unreadOnly, pages.size], ["notification.created", "notification.read"]), reading = useAction(async () => {
    await post("/notifications/read-all"), messages.reload();
  });
  return a4("div", { class: "stack", children: [
    a4("div", { class: "row between", children: [
      a4("h1", { children: t.messages.title }),
      unreadOnly && messages.value && messages.value.items.length > 0 && a4("button", { type: "button", disabled: reading.isBusy, onClick: () => {
        reading.run();
      }, children: t.messages.readAll })
    ] }),
    a4(Tabs, { label: t.messages.title, current: unreadOnly ? base : `${base}?which=all`, of: [{ address: base, text: t.messages.unread }, { address: `${base}?which=all`, text: t.messages.all }] }),
    reading.problem && a4(Refusal, { problem: reading.problem }),
    a4(Shown, { of: messages, children: ({ items, nextCursor }) => a4($, { children: [
      items.length === 0 ? a4(Empty, { children: unreadOnly ? t.messages.none : t.messages.noneYet }) : a4("ul", { class: "stack tight", children: items.map((one) => a4("li", { children: a4(MessageCard, { message: one, prefix, onChange: messages.reload }) }, one.id)) }),
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
      !message.isRead && a4(Badge, { tone: grave === "CRITICAL" ? "critical" : grave ? "warning" : "info", children: t.messages.isNew })
    ] }),
    a4("p", { children: say({ english: message.english.body, khmer: message.khmer.body }) }),
    a4("div", { class: "row between", children: [
      a4("span", { class: "muted small", title: dateTime(message.createdAt), children: ago(message.createdAt) }),
      a4("div", { class: "row", children: [
        where && a4("a", { class: "button small", href: where, children: [
          t.open,
          a4("span", { class: "hidden-text", children: [
            " ",
            message.title
          ] })
        ] }),
        !message.isRead && a4("button", { type: "button", class: "small", disabled: reading.isBusy, onClick: () => {
          reading.run();
        }, children: [
          t.today.seen,
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
  return a4(Badge, { tone: tones[severity], shape: shapes[severity], children: word(t.severity, severity) });
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
function MedicationLine({ line }) {
  return a4("div", { children: [
    a4(DrugName, { name: line.medicineName, khmer: line.medicineNameKhmer }),
    a4("p", { children: say(line.scheduleText) }),
    language === "km" ? line.instructionsKhmer && a4("p", { class: "muted", children: line.instructionsKhmer }) : line.instructions && a4("p", { class: "muted", children: line.instructions })
  ] });
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

// src/screens/own/Latest.tsx
function Latest({ of, onChange }) {
  let asking = useSignal(!1), withdrawing = useAction(async () => {
    await remove("/health-monitoring/vitals/{id}", { path: { id: of.id } }), asking.value = !1, onChange == null || onChange();
  });
  return a4("li", { class: "row between", children: [
    a4("div", { class: "grow", children: [
      a4("p", { children: word(t.vital, of.vitalType) }),
      a4("p", { class: "muted small", children: d4(dateTime(of.measuredAt)) })
    ] }),
    a4("div", { class: "row", children: [
      a4("span", { class: "value", children: a4(VitalValue, { of }) }),
      of.severity && a4(SeverityBadge, { severity: of.severity }),
      onChange && a4("button", { type: "button", class: "small", onClick: () => {
        asking.value = !0;
      }, children: [
        o5.health.wrong,
        a4("span", { class: "hidden-text", children: [
          " ",
          word(t.vital, of.vitalType)
        ] })
      ] })
    ] }),
    asking.value && a4(Dialog, { title: o5.health.wrong, onClose: () => {
      asking.value = !1;
    }, children: [
      a4("p", { children: o5.health.wrongSure }),
      withdrawing.problem && a4(Refusal, { problem: withdrawing.problem }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "danger", disabled: withdrawing.isBusy, onClick: () => {
          withdrawing.run();
        }, children: t.yes }),
        a4("button", { type: "button", onClick: () => {
          asking.value = !1;
        }, children: t.cancel })
      ] })
    ] })
  ] });
}

// src/screens/own/Health.tsx
var units = {
  BLOOD_PRESSURE: ["mmHg"],
  GLUCOSE: ["mg/dL", "mmol/L"],
  HEART_RATE: ["bpm"],
  TEMPERATURE: ["Cel"],
  SPO2: ["%"],
  WEIGHT: ["kg"],
  RESPIRATORY_RATE: ["/min"]
}, types = ["BLOOD_PRESSURE", "GLUCOSE", "WEIGHT", "TEMPERATURE", "HEART_RATE", "SPO2"], shown = (unit) => unit === "Cel" ? "°C" : unit;
function Health() {
  let latest = useLoad((signal) => get("/health-monitoring/vitals/latest", { signal }), [], ["vital.recorded"]);
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.health.title }),
    a4(Emergency, {}),
    a4(Enter, { onDone: latest.reload }),
    a4("section", { class: "card stack tight", "aria-labelledby": "latest", children: [
      a4("h2", { id: "latest", children: o5.health.latest }),
      a4(Shown, { of: latest, lines: 4, children: ({ items }) => items.length === 0 ? a4(Empty, { children: o5.health.none }) : a4("ul", { class: "list", children: items.map((one) => a4(Latest, { of: one, onChange: latest.reload }, one.id)) }) })
    ] })
  ] });
}
function Enter({ onDone }) {
  let type = useSignal("BLOOD_PRESSURE"), [value, second, unit] = [useSignal(""), useSignal(""), useSignal("mmHg")], context = useSignal("FASTING"), key = useSignal(newKey()), errors = useSignal([]), saved = useSignal(void 0), isPressure = type.value === "BLOOD_PRESSURE", read = (id, text) => {
    let typed = readNumber(text);
    if (typed.is === "number") return typed.value;
    errors.value = [...errors.value, { id, text: numberError(typed) ?? o5.health.missing }];
  }, saving = useAction(async () => {
    errors.value = [];
    let main = read("value", value.value), other = isPressure ? read("second", second.value) : void 0;
    if (main === void 0 || errors.value.length > 0) return;
    let body = { vitalType: type.value, value: main, valueSecondary: other, unit: unit.value, context: type.value === "GLUCOSE" ? context.value : void 0, source: "MANUAL" };
    saved.value = await post("/health-monitoring/vitals", { body, key: key.value }), key.value = newKey(), value.value = second.value = "", onDone();
  }), wrong = (id) => {
    var _a;
    return (_a = errors.value.find((error) => error.id === id)) == null ? void 0 : _a.text;
  }, one = saved.value;
  return a4("section", { class: "card stack", "aria-labelledby": "record", children: [
    a4("h2", { id: "record", children: o5.health.record }),
    one ? a4($, { children: [
      a4(Notice, { tone: one.severity === "CRITICAL" || one.severity === "HIGH" ? "danger" : one.severity ? "warning" : "success", live: !0, children: [
        a4("p", { children: a4("b", { children: [
          o5.health.recorded,
          " ",
          word(t.vital, one.vitalType),
          " ",
          a4(VitalValue, { of: { value: one.typedValue, valueSecondary: one.typedValueSecondary, unit: shown(one.typedUnit) } })
        ] }) }),
        one.severity && a4("p", { children: a4(SeverityBadge, { severity: one.severity }) }),
        a4("p", { children: one.message ?? o5.health.fine })
      ] }),
      (one.severity === "CRITICAL" || one.severity === "HIGH") && a4("a", { class: "button big danger", href: "tel:119", children: o5.health.call }),
      a4("button", { type: "button", class: "big", onClick: () => {
        saved.value = void 0;
      }, children: o5.health.again })
    ] }) : a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), saving.run();
    }, children: [
      a4(ErrorSummary, { errors: errors.value }),
      saving.problem && a4(Refusal, { problem: saving.problem }),
      a4(Choice, { label: o5.health.what, value: type.value, of: types.map((kind) => [kind, word(t.vital, kind)]), onChoice: (kind) => {
        type.value = kind, unit.value = units[kind][0], errors.value = [];
      } }),
      type.value === "GLUCOSE" && a4(Choice, { label: o5.health.when, value: context.value, of: ["FASTING", "AFTER_MEAL", "RANDOM"].map((when) => [when, o5.health.context[when]]), onChoice: (when) => {
        context.value = when;
      } }),
      units[type.value].length > 1 && a4(Choice, { label: o5.health.device, value: unit.value, of: units[type.value].map((text) => [text, text]), onChoice: (text) => {
        unit.value = text;
      } }),
      a4("div", { class: "fields", children: [
        a4(Text, { id: "value", label: `${isPressure ? o5.health.upper : o5.health.value} (${shown(unit.value)})`, mode: "decimal", most: 8, value: value.value, error: wrong("value"), onText: (text) => {
          value.value = text;
        } }),
        isPressure && a4(Text, { id: "second", label: `${o5.health.lower} (mmHg)`, mode: "decimal", most: 8, value: second.value, error: wrong("second"), onText: (text) => {
          second.value = text;
        } })
      ] }),
      a4("button", { type: "submit", class: "primary big", disabled: saving.isBusy, children: o5.health.save })
    ] })
  ] });
}
function Emergency() {
  let step = useSignal(void 0), [what, where] = [useSignal(""), useSignal("")], key = useSignal(newKey()), calling = useAction(async () => {
    await post("/health-monitoring/emergency", { body: { message: what.value.trim() || void 0, location: where.value.trim() || void 0 }, key: key.value }), key.value = newKey(), step.value = "done";
  }), close = () => {
    step.value = void 0, calling.forget();
  };
  return a4("div", { class: "fields", children: [
    a4("button", { type: "button", class: "critical big", onClick: () => {
      step.value = "ask";
    }, children: o5.health.emergency }),
    a4("a", { class: "button big danger", href: "tel:119", children: o5.health.call }),
    step.value && a4(Dialog, { title: o5.health.emergency, onClose: close, children: [
      step.value === "done" ? a4(Notice, { tone: "success", live: !0, children: o5.health.emergencyDone }) : a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
        event.preventDefault(), calling.run();
      }, children: [
        a4("p", { children: o5.health.emergencyText }),
        calling.problem && (calling.problem.isAway ? a4(Notice, { tone: "danger", live: !0, children: o5.health.emergencyAway }) : a4(Refusal, { problem: calling.problem })),
        a4("button", { type: "submit", class: "critical big", disabled: calling.isBusy, children: o5.health.emergencyYes }),
        a4(Text, { id: "what", label: o5.health.emergencyWhat, most: 500, value: what.value, onText: (text) => {
          what.value = text;
        } }),
        a4(Text, { id: "where", label: o5.health.emergencyWhere, most: 200, value: where.value, onText: (text) => {
          where.value = text;
        } })
      ] }),
      a4("a", { class: "button big danger", href: "tel:119", children: o5.health.call }),
      a4("button", { type: "button", onClick: close, children: t.close })
    ] })
  ] });
}

// src/clinical/Calendar.tsx
function Calendar({ points }) {
  let first = points[0];
  if (!first) return null;
  let gap = (weekday(first.from) + 6) % 7;
  return a4("div", { children: [
    a4("div", { class: "calendar", "aria-hidden": "true", children: [1, 2, 3, 4, 5, 6, 0].map((day) => a4("b", { class: "muted small", children: t.weekdays[day] }, day)) }),
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
            counted === 0 ? t.adherence.noneThatDay : t.adherence.of(taken, counted)
          ] }),
          a4("span", { class: "number", "aria-hidden": "true", children: counted === 0 ? "–" : taken === counted ? `✓ ${taken}` : `${taken}/${counted}` })
        ] }, point.from);
      })
    ] })
  ] });
}

// src/screens/own/doses.tsx
var MINUTE2 = 6e4, HOUR = 60 * MINUTE2;
function seen(doses, marks2, now, graceMinutes) {
  return doses.filter((dose) => dose.status !== "CANCELLED").map((dose) => {
    let mark = marks2.find((one) => one.doseId === dose.id), at = new Date(dose.scheduledTime).getTime(), isPast = now > at + graceMinutes * MINUTE2, status = dose.status;
    (mark == null ? void 0 : mark.action) === "skipped" ? status = "SKIPPED" : mark && (status = new Date(mark.at).getTime() > at + graceMinutes * MINUTE2 ? "TAKEN_LATE" : "TAKEN_ON_TIME");
    let isUnmarked = status === "DUE" || status === "MISSED", isWithinADay = now <= at + 24 * HOUR;
    return { dose, status, mark, at, isOpen: isUnmarked && isWithinADay && now >= at - 2 * HOUR, isMissed: status === "MISSED" || status === "DUE" && isPast, isTooEarly: isUnmarked && now < at - 2 * HOUR };
  }).sort((one, other) => one.at - other.at);
}
function groups(of) {
  let found = /* @__PURE__ */ new Map();
  for (let one of of) found.set(one.at, [...found.get(one.at) ?? [], one]);
  return [...found.values()];
}
function Shape({ status }) {
  let shapes2 = {
    TAKEN_ON_TIME: a4($, { children: [
      a4("circle", { cx: "12", cy: "12", r: "11", fill: "var(--taken)" }),
      a4("path", { d: "M7 12.5l3.5 3.5 6.5-7.5", class: "on" })
    ] }),
    TAKEN_LATE: a4($, { children: [
      a4("circle", { cx: "12", cy: "12", r: "10", fill: "none", stroke: "var(--late)", "stroke-width": "2" }),
      a4("path", { d: "M12 2a10 10 0 0 1 0 20z", fill: "var(--late)" })
    ] }),
    MISSED: a4($, { children: [
      a4("rect", { x: "1", y: "1", width: "22", height: "22", rx: "4", fill: "var(--missed)" }),
      a4("path", { d: "M7 7l10 10M17 7L7 17", class: "on" })
    ] }),
    SKIPPED: a4($, { children: [
      a4("circle", { cx: "12", cy: "12", r: "11", fill: "var(--skipped)" }),
      a4("path", { d: "M7 12h10", class: "on" })
    ] })
  };
  return a4("svg", { class: "shape", viewBox: "0 0 24 24", "aria-hidden": "true", children: shapes2[status] ?? a4("circle", { cx: "12", cy: "12", r: "9.5", fill: "none", stroke: "var(--due)", "stroke-width": "3" }) });
}
function Amount({ of }) {
  let isPiece = of.unit === "TABLET" || of.unit === "CAPSULE", whole = Math.floor(of.amount), isDrawn = isPiece && of.amount <= 4 && of.amount * 2 % 1 === 0, text = language === "km" || !isPiece ? `${d4(number(of.amount))} ${isPiece ? o5.today.unit[of.unit] : word(t.unit, of.unit)}` : of.dose;
  return a4("span", { class: "amount", children: [
    isDrawn && a4("span", { class: "pieces", "aria-hidden": "true", children: [
      Array.from({ length: whole }, (_3, place) => a4("svg", { viewBox: "0 0 24 24", children: [
        a4("circle", { cx: "12", cy: "12", r: "10" }),
        a4("path", { d: "M12 3v18" })
      ] }, place)),
      of.amount > whole && a4("svg", { viewBox: "0 0 24 24", children: a4("path", { class: "half", d: "M12 2a10 10 0 0 0 0 20z" }) })
    ] }),
    a4("b", { children: text })
  ] });
}
function mealText(dose) {
  return dose.mealRelation && dose.mealRelation !== "NONE" ? word(t.meal, dose.mealRelation) : void 0;
}
var suns = {
  MORNING: a4("path", { d: "M3 19h18M6 19a6 6 0 0 1 12 0M12 4v5M4.5 11l2 2M19.5 11l-2 2M9.5 6.5L12 4l2.5 2.5" }),
  NOON: a4("path", { d: "M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM12 1.5v2.5M12 20v2.5M1.5 12H4M20 12h2.5M4.6 4.6l1.7 1.7M17.7 17.7l1.7 1.7M19.4 4.6l-1.7 1.7M6.3 17.7l-1.7 1.7" }),
  EVENING: a4("path", { d: "M3 19h18M6 19a6 6 0 0 1 12 0M12 4v5M4.5 11l2 2M19.5 11l-2 2M9.5 6.5L12 9l2.5-2.5" }),
  NIGHT: a4("path", { d: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z" })
};
function When({ dose }) {
  let slot = dose.slot && suns[dose.slot] ? dose.slot : void 0;
  return a4("span", { class: "when", children: [
    slot && a4("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", children: suns[slot] }),
    a4("span", { children: [
      slot && `${word(t.slot, slot.toLowerCase())} `,
      a4("span", { class: "number nowrap", children: o5.today.at(d4(clock(dose.scheduledTime))) })
    ] })
  ] });
}
function DoseText({ dose, small }) {
  let instructions = language === "km" ? dose.instructionsKhmer : dose.instructions;
  return a4("div", { class: "grow dose-text", children: [
    a4("p", { children: a4(DrugName, { name: dose.medicineName, khmer: dose.medicineNameKhmer }) }),
    a4("p", { class: "row", children: [
      a4(Amount, { of: dose }),
      mealText(dose) && a4("span", { class: "muted", children: mealText(dose) })
    ] }),
    !small && instructions && a4("p", { class: "muted", children: instructions })
  ] });
}
function DoseLine({ of, children }) {
  var _a;
  let taken = ((_a = of.mark) == null ? void 0 : _a.at) ?? of.dose.takenAt;
  return a4("li", { class: "dose-line", children: [
    a4(Shape, { status: of.isMissed ? "MISSED" : of.status }),
    a4(DoseText, { dose: of.dose, small: !0 }),
    a4("div", { class: "end", children: [
      a4("span", { class: "small", children: [
        word(o5.today.states, of.isMissed ? "MISSED" : of.status),
        of.status.startsWith("TAKEN") && taken && a4("span", { class: "number nowrap", children: [
          " ",
          d4(clock(taken))
        ] })
      ] }),
      of.mark && a4("span", { class: "badge info", children: o5.today.notSent }),
      children
    ] })
  ] });
}

// src/screens/own/History.tsx
var DAYS = 28;
function History({ patient }) {
  let report = useLoad((signal) => get("/adherence/trends", { query: { days: DAYS, patientId: patient }, signal }), [patient], ["dose.updated"]), gaps = useLoad(async (signal) => {
    let days2 = { from: daysAfter(today(), 1 - DAYS), to: today(), limit: 50, patientId: patient }, [missed, skipped] = await Promise.all(["MISSED", "SKIPPED"].map((status) => get("/doses/history", { query: { ...days2, status }, signal })));
    return [...missed.items, ...skipped.items].sort((one, other) => one.scheduledTime < other.scheduledTime ? 1 : -1);
  }, [patient], ["dose.updated"]);
  return a4("div", { class: "stack own", children: [
    patient ? a4("h2", { children: t.adherence.byDay }) : a4("h1", { children: o5.history.title }),
    a4(Shown, { of: report, children: (value) => value.counts.counted === 0 ? a4(Empty, { children: o5.history.none }) : a4("section", { class: "card stack tight", "aria-label": t.adherence.byDay, children: [
      a4("p", { children: a4("b", { children: d4(o5.history.text(value.taking.part, value.taking.n, DAYS)) }) }),
      !patient && a4(Notice, { tone: value.taking.color === "GREEN" ? "success" : "info", children: value.taking.color === "GREEN" ? o5.history.good : o5.history.some }),
      value.currentStreakDays > 1 && a4("p", { children: d4(o5.history.streak(value.currentStreakDays)) }),
      a4(Calendar, { points: value.daily }),
      a4("p", { class: "muted small", children: o5.history.legend })
    ] }) }),
    a4("section", { class: "card stack tight", "aria-labelledby": "gaps", children: [
      a4("h2", { id: "gaps", children: o5.history.missed }),
      a4(Shown, { of: gaps, lines: 3, children: (items) => items.length === 0 ? a4("p", { children: o5.history.noMissed }) : a4("ul", { class: "list", children: items.map((dose) => a4("li", { class: "dose-line", children: [
        a4(Shape, { status: dose.status }),
        a4("div", { class: "grow", children: [
          a4("p", { children: a4(DrugName, { name: dose.medicineName, khmer: dose.medicineNameKhmer }) }),
          a4("p", { class: "muted small", children: [
            d4(shortDate(dose.scheduledTime)),
            " ",
            d4(clock(dose.scheduledTime))
          ] })
        ] }),
        a4("span", { class: "small", children: dose.skipReason ? word(t.skipReason, dose.skipReason) : word(o5.today.states, dose.status) })
      ] }, dose.id)) }) })
    ] })
  ] });
}

// src/screens/own/Sharing.tsx
var scopes = ["PRESCRIPTIONS", "DOSES", "VITALS", "NOTES", "PROFILE"];
function chosen({ level, scopes: scopes2 }) {
  return level === "SELECTED" ? { permissionLevel: level, scopes: scopes2 } : { permissionLevel: level };
}
function Sharing({ value, isNew, onShare }) {
  let levels = [["ALLOWED", o5.people.everything], ["SELECTED", o5.people.part], ["REQUEST", o5.people.onRequest], ["NOT_ALLOWED", o5.people.nothing]].filter(([level]) => !isNew || level !== "NOT_ALLOWED");
  return a4("fieldset", { class: "choices", children: [
    a4("legend", { class: "label", children: o5.people.choose }),
    levels.map(([level, text]) => a4("label", { class: "choice", children: [
      a4("input", { type: "radio", name: "level", checked: value.level === level, onChange: () => onShare({ ...value, level }) }),
      text
    ] }, level)),
    value.level === "SELECTED" && a4("div", { class: "parts", id: "share-scopes", tabIndex: -1, children: scopes.map((scope) => a4("label", { class: "check", children: [
      a4("input", { type: "checkbox", checked: value.scopes.includes(scope), onChange: (event) => onShare({ ...value, scopes: event.currentTarget.checked ? [...value.scopes, scope] : value.scopes.filter((one) => one !== scope) }) }),
      o5.people.scope[scope]
    ] }, scope)) })
  ] });
}

// src/screens/own/Invite.tsx
function Invite() {
  let share = useSignal({ level: "ALLOWED", scopes: ["PRESCRIPTIONS", "DOSES"] }), made = useSignal(void 0), errors = useSignal([]), copied = useSignal(!1), making = useAction(async () => {
    errors.value = share.value.level === "SELECTED" && share.value.scopes.length === 0 ? [{ id: "share-scopes", text: o5.people.chooseOne }] : [], !(errors.value.length > 0) && (copied.value = !1, made.value = await post("/connections/codes", { body: chosen(share.value), key: newKey() }));
  }), code = made.value;
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.invite.title }),
    a4("p", { children: o5.invite.text }),
    code ? a4("section", { class: "card stack", "aria-label": o5.invite.code, children: [
      a4("p", { class: "code", lang: "en", children: code.code.replace(/(.{4})(?=.)/g, "$1 ") }),
      a4("p", { class: "muted", children: d4(o5.invite.until(dateTime(code.expiresAt))) }),
      a4("img", { class: "qr", src: code.qrCode, alt: o5.invite.qr, width: "240", height: "240" }),
      a4("div", { class: "row", children: [
        navigator.clipboard && a4("button", { type: "button", onClick: () => {
          navigator.clipboard.writeText(code.code).then(() => {
            copied.value = !0;
          }, () => {
          });
        }, children: o5.invite.copy }),
        a4("button", { type: "button", onClick: () => {
          made.value = void 0;
        }, children: o5.invite.another }),
        a4("span", { role: "status", children: copied.value && o5.invite.copied })
      ] })
    ] }) : a4("form", { class: "card stack", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), making.run();
    }, children: [
      a4(ErrorSummary, { errors: errors.value }),
      making.problem && a4(Refusal, { problem: making.problem }),
      a4(Sharing, { isNew: !0, value: share.value, onShare: (next) => {
        share.value = next;
      } }),
      a4("button", { type: "submit", class: "primary big", disabled: making.isBusy, children: o5.invite.make })
    ] })
  ] });
}

// src/screens/own/Looked.tsx
function Looked() {
  let older = useSignal(void 0), withOwn = useSignal(!1), first = useLoad((signal) => get("/audit/record", { query: { limit: 100 }, signal }), []), loading = useAction(async (cursor) => {
    var _a;
    let found = await get("/audit/record", { query: { limit: 100, cursor } });
    older.value = { items: [...((_a = older.value) == null ? void 0 : _a.items) ?? [], ...found.items], nextCursor: found.nextCursor };
  });
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.people.looked }),
    a4("p", { children: o5.people.lookedText }),
    a4("label", { class: "check", children: [
      a4("input", { type: "checkbox", checked: withOwn.value, onChange: (event) => {
        withOwn.value = event.currentTarget.checked;
      } }),
      o5.people.lookedOwn
    ] }),
    a4(Shown, { of: first, children: (newest) => {
      var _a;
      let all = [...newest.items, ...((_a = older.value) == null ? void 0 : _a.items) ?? []], shown2 = all.filter((one) => {
        var _a2;
        return withOwn.value || one.actorId !== ((_a2 = me.value) == null ? void 0 : _a2.id);
      }), next = older.value ? older.value.nextCursor : newest.nextCursor, last = all[all.length - 1];
      return a4($, { children: [
        shown2.length === 0 ? a4(Empty, { children: o5.people.lookedNone }) : a4("ul", { class: "card list", children: shown2.map((one) => a4(Line, { of: one }, one.id)) }),
        loading.problem && a4(Refusal, { problem: loading.problem }),
        last && a4("p", { class: "muted", role: "status", children: [
          o5.people.lookedSince,
          " ",
          d4(dateTime(last.at))
        ] }),
        next && a4("button", { type: "button", class: "big", disabled: loading.isBusy, onClick: () => {
          loading.run(next);
        }, children: o5.people.lookedOlder })
      ] });
    } })
  ] });
}
function Line({ of }) {
  var _a;
  let isOwn = of.actorId === ((_a = me.value) == null ? void 0 : _a.id);
  return a4("li", { children: [
    a4("p", { children: [
      a4("b", { children: isOwn ? o5.people.self : of.actorName ?? (of.actorId ? word(t.role, of.actorRole) : o5.people.clinic) }),
      of.actorName && !isOwn && a4("span", { class: "muted small", children: [
        " ",
        word(t.role, of.actorRole)
      ] })
    ] }),
    a4("p", { children: [
      say(of.actionText),
      " ",
      of.outcome === "REFUSED" && a4(Badge, { tone: "warning", children: o5.people.refusedLook })
    ] }),
    of.reason && a4("p", { children: [
      o5.people.reason,
      ": ",
      of.reason
    ] }),
    a4("p", { class: "muted small", children: d4(dateTime(of.at)) })
  ] });
}

// src/screens/own/Time.tsx
var short = (time) => (time ?? "").slice(0, 5);
function Time({ id, label, value, wrong, onTime }) {
  return a4("div", { children: [
    a4("label", { for: id, children: label }),
    a4("input", { id, type: "text", inputMode: "numeric", autocomplete: "off", maxLength: 5, value, "aria-invalid": wrong || void 0, "aria-describedby": wrong ? `${id}-error` : void 0, onInput: (event) => onTime(event.currentTarget.value) }),
    wrong && a4("p", { class: "error", id: `${id}-error`, role: "alert", children: o5.settings.timeWrong })
  ] });
}

// src/screens/own/Meals.tsx
function Meals() {
  let own = me.value.mealTimes, [morning, noon, night, done, tried] = [useSignal(short(own.morningMeal)), useSignal(short(own.afternoonMeal)), useSignal(short(own.nightMeal)), useSignal(!1), useSignal(!1)], isWrong = (text) => tried.value && text.trim() !== "" && !readTime(text), saving = useAction(async () => {
    done.value = !1, tried.value = !0;
    let all = [morning.value, noon.value, night.value];
    if (all.some((text) => text.trim() !== "" && !readTime(text))) return;
    let [morningMeal, afternoonMeal, nightMeal] = all.map((text) => readTime(text)), mealTimes = await patch("/users/settings/meal-times", { body: { morningMeal, afternoonMeal, nightMeal } });
    await changed({ ...me.value, mealTimes }), done.value = !0, loadDays();
  });
  return a4("form", { class: "card stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), saving.run();
  }, children: [
    a4("h2", { children: o5.settings.meals }),
    a4("p", { children: o5.settings.mealsText }),
    saving.problem && a4(Refusal, { problem: saving.problem }),
    a4("div", { class: "fields", children: [
      a4(Time, { id: "meal-morning", label: o5.settings.morning, value: morning.value, wrong: isWrong(morning.value), onTime: (text) => {
        morning.value = text;
      } }),
      a4(Time, { id: "meal-noon", label: o5.settings.noon, value: noon.value, wrong: isWrong(noon.value), onTime: (text) => {
        noon.value = text;
      } }),
      a4(Time, { id: "meal-night", label: o5.settings.night, value: night.value, wrong: isWrong(night.value), onTime: (text) => {
        night.value = text;
      } })
    ] }),
    a4("div", { class: "row", children: [
      a4("button", { type: "submit", class: "primary", disabled: saving.isBusy, children: o5.settings.save }),
      a4("span", { role: "status", children: done.value && `✓ ${o5.settings.saved}` })
    ] })
  ] });
}

// src/screens/own/Medicines.tsx
function Medicines() {
  let all = useLoad((signal) => get("/prescriptions", { query: { limit: 100 }, signal }), [], ["prescription.changed"]);
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.medicines.title }),
    a4(Shown, { of: all, children: ({ items }) => a4(Lists, { items, onChange: all.reload }) }),
    a4("p", { children: a4("a", { class: "button", href: "/me/history", children: o5.medicines.history }) })
  ] });
}
function Lists({ items, onChange }) {
  let waiting2 = items.filter((one) => one.status === "PENDING_CONFIRMATION" || one.pendingVersion && ["ACTIVE", "PAUSED"].includes(one.status)), current = items.filter((one) => ["ACTIVE", "PAUSED", "PENDING_REVISION"].includes(one.status)), past = items.filter((one) => ["COMPLETED", "STOPPED", "REJECTED"].includes(one.status));
  return a4($, { children: [
    waiting2.map((one) => a4(Answer, { of: one, onChange }, one.id)),
    current.length === 0 && waiting2.length === 0 && a4(Empty, { children: o5.medicines.none }),
    current.map((one) => a4(Card, { of: one }, one.id)),
    a4("details", { class: "card", children: [
      a4("summary", { children: o5.medicines.past }),
      past.length === 0 ? a4("p", { class: "muted", children: o5.medicines.noPast }) : a4("ul", { class: "list", children: past.map((one) => a4("li", { children: [
        a4("p", { class: "muted small", children: [
          d4(date(one.endedAt ?? one.updatedAt)),
          " · ",
          word(t.prescriptionStatus, one.status)
        ] }),
        one.medications.map((line) => a4(MedicationLine, { line }, line.id))
      ] }, one.id)) })
    ] })
  ] });
}
function Card({ of }) {
  return a4("article", { class: "card stack tight", children: [
    of.status === "PAUSED" && a4(Notice, { tone: "warning", children: o5.medicines.paused }),
    of.status === "PENDING_REVISION" && a4(Notice, { tone: "info", children: o5.medicines.back }),
    of.isUrgent && of.urgentReason && a4(Notice, { tone: "warning", children: [
      o5.medicines.urgent,
      " ",
      of.author.fullName,
      ": ",
      of.urgentReason
    ] }),
    of.diagnosis && a4("h2", { children: [
      o5.medicines.for,
      ": ",
      of.diagnosis
    ] }),
    a4("ul", { class: "list", children: of.medications.map((line) => a4("li", { children: [
      a4(MedicationLine, { line }),
      a4("p", { class: "row", children: a4(Length, { of: line }) })
    ] }, line.id)) }),
    a4("p", { class: "muted small", children: [
      o5.medicines.by,
      ": ",
      of.author.fullName,
      " · ",
      d4(date(of.confirmedAt ?? of.createdAt))
    ] })
  ] });
}
function Length({ of }) {
  let day = today();
  if (of.startDate > day) return a4(Badge, { tone: "info", children: d4(o5.medicines.starts(date(of.startDate))) });
  if (of.isPRN) return a4(Badge, { children: o5.medicines.asNeeded });
  if (!of.endDate) return a4("span", { class: "muted small", children: o5.medicines.ongoing });
  let left = Math.round((Date.parse(of.endDate) - Date.parse(day)) / 864e5);
  return left < 0 ? a4(Badge, { children: o5.medicines.ended }) : a4(Badge, { tone: left <= 3 ? "warning" : void 0, children: d4(o5.medicines.left(left)) });
}
function Answer({ of, onChange }) {
  var _a, _b;
  let isNew = of.status === "PENDING_CONFIRMATION", path = { id: of.id }, key = useSignal(newKey()), asking = useSignal(void 0), version = useLoad(async (signal) => of.pendingVersion ? get("/prescriptions/{id}/versions/{number}", { path: { ...path, number: of.pendingVersion }, signal }) : void 0, [of.pendingVersion]), agreeing = useAction(async () => {
    await post("/prescriptions/{id}/confirm", { path, key: key.value }), onChange();
  }), lines = isNew ? of.medications : ((_a = version.value) == null ? void 0 : _a.medications) ?? [];
  return a4("section", { class: "card stack waiting", "aria-label": o5.medicines.waiting, children: [
    a4("h2", { children: o5.medicines.waiting }),
    a4("p", { children: isNew ? o5.medicines.newText(of.author.fullName) : o5.medicines.changeText(((_b = version.value) == null ? void 0 : _b.author.fullName) ?? of.author.fullName) }),
    version.problem && a4(Refusal, { problem: version.problem, retry: version.reload }),
    !isNew && version.value && a4("ul", { class: "changes", children: version.value.changes.map((change2) => a4("li", { children: say(change2) }, change2.english)) }),
    a4("ul", { class: "list", children: lines.map((line) => a4("li", { children: a4(MedicationLine, { line }) }, line.id)) }),
    agreeing.problem && a4(Refusal, { problem: agreeing.problem }),
    a4("button", { type: "button", class: "primary big", disabled: agreeing.isBusy || !isNew && !version.value, onClick: () => {
      agreeing.run();
    }, children: o5.medicines.yes }),
    a4("div", { class: "row", children: [
      a4("button", { type: "button", onClick: () => {
        asking.value = "retake";
      }, children: o5.medicines.ask }),
      a4("button", { type: "button", class: "danger", onClick: () => {
        asking.value = "reject";
      }, children: o5.medicines.no })
    ] }),
    asking.value && a4(
      ReasonDialog,
      {
        title: asking.value === "retake" ? o5.medicines.ask : o5.medicines.no,
        text: asking.value === "retake" ? o5.medicines.askText : o5.medicines.noText,
        label: asking.value === "retake" ? o5.medicines.askLabel : t.reason,
        action: asking.value === "retake" ? o5.medicines.ask : o5.medicines.no,
        danger: asking.value === "reject",
        onClose: () => {
          asking.value = void 0;
        },
        onDone: async (reason) => {
          await (asking.value === "retake" ? post("/prescriptions/{id}/retake", { path, body: { reason }, key: newKey() }) : post("/prescriptions/{id}/reject", { path, body: { reason }, key: newKey() })), asking.value = void 0, onChange();
        }
      }
    )
  ] });
}

// src/screens/own/Notes.tsx
function Notes() {
  let pages = usePages(), notes = useLoad((signal) => get("/doctor/notes", { query: { limit: pages.size }, signal }), [pages.size]);
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.more.notes }),
    a4(Shown, { of: notes, children: ({ items, nextCursor }) => items.length === 0 ? a4(Empty, { children: o5.more.noNotes }) : a4($, { children: [
      a4("ul", { class: "card list", children: items.map((one) => a4("li", { children: [
        a4("p", { children: [
          a4("b", { children: one.authorName }),
          " ",
          a4("span", { class: "muted small", children: d4(dateTime(one.updatedAt)) })
        ] }),
        a4("p", { class: "as-written", children: one.text })
      ] }, one.id)) }),
      a4(More, { pages, shown: items.length, more: !!nextCursor })
    ] }) })
  ] });
}

// src/screens/own/OwnAccount.tsx
var tries2 = 0;
async function fetchScript() {
  try {
    return await (tries2 === 0 ? import("/ui/account.js") : import(`/ui/account.js?try=${tries2}`));
  } catch {
    throw tries2 += 1, new Problem(0, "away", t.errors.away, [], "");
  }
}
function OwnAccount({ part }) {
  let script = useLoad(fetchScript, []), box = T2(null);
  return A2(() => script.value && me.value ? script.value.mount(box.current, part, me.value, signedOut) : void 0, [script.value, part]), a4($, { children: [
    !script.value && (script.problem ? a4(Refusal, { problem: script.problem, retry: script.reload }) : a4(Skeleton, { lines: 8 })),
    a4("div", { ref: box })
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
        a4("button", { type: "button", onClick: onClose, children: t.cancel })
      ] })
    ] })
  ] });
}

// src/screens/own/People.tsx
function People() {
  let all = useLoad((signal) => get("/connections", { query: { limit: 100 }, signal }), [], ["connection.changed"]), requests = useLoad((signal) => get("/connections/access-requests", { query: { status: "PENDING", limit: 100 }, signal }), [], ["connection.changed", "notification.created"]);
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.people.title }),
    a4(Shown, { of: requests, lines: 1, children: ({ items }) => a4($, { children: items.map((one) => a4(AccessRequest, { of: one, onChange: requests.reload }, one.id)) }) }),
    a4(Shown, { of: all, children: ({ items }) => {
      let waiting2 = items.filter((one) => one.status === "PENDING"), inForce = items.filter((one) => one.status === "ACCEPTED");
      return a4($, { children: [
        waiting2.map((one) => a4(Waiting, { of: one, onChange: all.reload }, one.id)),
        inForce.length === 0 && a4(Empty, { children: o5.people.none }),
        ["DOCTOR", "FAMILY"].map((kind) => {
          let list = inForce.filter((one) => one.kind === kind);
          return list.length > 0 && a4("section", { class: "card stack tight", "aria-label": kind === "DOCTOR" ? o5.people.doctors : o5.people.family, children: [
            a4("h2", { children: kind === "DOCTOR" ? o5.people.doctors : o5.people.family }),
            a4("ul", { class: "list", children: list.map((one) => a4(Person, { of: one, onChange: all.reload }, one.id)) })
          ] }, kind);
        })
      ] });
    } }),
    a4("div", { class: "fields", children: [
      a4("a", { class: "button big", href: "/me/people/invite", children: o5.people.invite }),
      a4("a", { class: "button big", href: "/me/people/looked", children: o5.people.looked })
    ] }),
    a4(FindDoctor, { onDone: all.reload })
  ] });
}
function nameOf(of) {
  var _a;
  return ((_a = of.other) == null ? void 0 : _a.fullName) ?? t.connections.nameless;
}
function AccessRequest({ of, onChange }) {
  let answering = useAction(async (what) => {
    what === "approve" ? await post("/connections/access-requests/{id}/approve", { path: { id: of.id }, key: newKey() }) : await post("/connections/access-requests/{id}/deny", { path: { id: of.id }, key: newKey() }), onChange();
  });
  return a4("section", { class: "card stack waiting", children: [
    a4("h2", { children: of.requesterName ?? t.connections.nameless }),
    a4("p", { children: [
      o5.people.wantsPart(word(o5.people.scope, of.scope)),
      ". ",
      d4(o5.people.day24)
    ] }),
    answering.problem && a4(Refusal, { problem: answering.problem }),
    a4("div", { class: "fields", children: [
      a4("button", { type: "button", class: "primary big", disabled: answering.isBusy, onClick: () => {
        answering.run("approve");
      }, children: o5.people.accept }),
      a4("button", { type: "button", class: "big", disabled: answering.isBusy, onClick: () => {
        answering.run("deny");
      }, children: o5.people.decline })
    ] })
  ] });
}
function Waiting({ of, onChange }) {
  var _a;
  let accepting = useSignal(!1), isOwn = of.requestedBy === of.patientId, ending = useAction(async () => {
    isOwn ? await post("/connections/{id}/revoke", { path: { id: of.id }, body: {}, key: newKey() }) : await post("/connections/{id}/decline", { path: { id: of.id }, key: newKey() }), onChange();
  });
  return a4("section", { class: "card stack waiting", children: [
    a4("h2", { children: [
      nameOf(of),
      " ",
      a4(Badge, { children: of.kind === "DOCTOR" ? o5.people.doctors : o5.people.family })
    ] }),
    a4("p", { children: [
      isOwn ? o5.people.asked : o5.people.asks,
      ((_a = of.other) == null ? void 0 : _a.hospitalClinic) && ` · ${of.other.hospitalClinic}`
    ] }),
    ending.problem && a4(Refusal, { problem: ending.problem }),
    a4("div", { class: "fields", children: [
      !isOwn && a4("button", { type: "button", class: "primary big", onClick: () => {
        accepting.value = !0;
      }, children: o5.people.accept }),
      a4("button", { type: "button", class: "big", disabled: ending.isBusy, onClick: () => {
        ending.run();
      }, children: isOwn ? o5.people.takeBack : o5.people.decline })
    ] }),
    accepting.value && a4(ShareDialog, { of, onDone: () => {
      accepting.value = !1, onChange();
    }, onClose: () => {
      accepting.value = !1;
    } })
  ] });
}
function ShareDialog({ of, onDone, onClose }) {
  let isNew = of.status === "PENDING", share = useSignal(isNew ? { level: "ALLOWED", scopes: ["PRESCRIPTIONS", "DOSES", "VITALS"] } : { level: of.permissionLevel, scopes: of.scopes }), marks2 = useSignal(of.mayRecordDoses);
  return a4(
    FormDialog,
    {
      title: `${o5.people.choose} ${nameOf(of)}`,
      action: isNew ? o5.people.accept : t.save,
      onClose,
      faults: () => share.value.level === "SELECTED" && share.value.scopes.length === 0 ? [{ id: "share-scopes", text: o5.people.chooseOne }] : [],
      onSend: async () => {
        let body = { ...chosen(share.value), mayRecordDoses: of.kind === "FAMILY" ? marks2.value : void 0 };
        isNew ? await post("/connections/{id}/accept", { path: { id: of.id }, body, key: newKey() }) : await patch("/connections/{id}/permission", { path: { id: of.id }, body: { ...body, expiresAt: of.expiresAt, maySeeClinicalRecord: of.maySeeClinicalRecord, prescriptionIds: of.prescriptionIds }, key: newKey() }), onDone();
      },
      children: () => a4($, { children: [
        a4(Sharing, { isNew, value: share.value, onShare: (next) => {
          share.value = next;
        } }),
        of.kind === "FAMILY" && a4("label", { class: "check", children: [
          a4("input", { type: "checkbox", checked: marks2.value, onChange: (event) => {
            marks2.value = event.currentTarget.checked;
          } }),
          o5.people.marks
        ] })
      ] })
    }
  );
}
function Person({ of, onChange }) {
  var _a;
  let dialog = useSignal(void 0), ending = useAction(async () => {
    await post("/connections/{id}/revoke", { path: { id: of.id }, body: {}, key: newKey() }), dialog.value = void 0, onChange();
  }), alerting = useAction(async (minutes) => {
    await patch("/connections/{id}/alerts", { path: { id: of.id }, body: minutes ? { enabled: !0, delayMinutes: Number(minutes) } : { enabled: !1 }, key: newKey() }), onChange();
  }), sees = of.permissionLevel === "ALLOWED" ? o5.people.everything : of.permissionLevel === "SELECTED" ? of.scopes.map((scope) => word(o5.people.scope, scope)).join(", ") : of.permissionLevel === "REQUEST" ? o5.people.onRequest : o5.people.nothing, delays = [.../* @__PURE__ */ new Set([30, 60, 120, of.alerts.delayMinutes])].sort((one, other) => one - other);
  return a4("li", { class: "stack tight", children: [
    a4("div", { children: [
      a4("b", { children: nameOf(of) }),
      ((_a = of.other) == null ? void 0 : _a.hospitalClinic) && a4("p", { class: "muted small", children: of.other.hospitalClinic })
    ] }),
    a4("p", { children: [
      o5.people.sees,
      ": ",
      sees,
      of.mayRecordDoses && ` · ${o5.people.marks}`,
      of.expiresAt && ` · ${o5.people.until} ${d4(date(of.expiresAt))}`
    ] }),
    of.permissionLevel !== "NOT_ALLOWED" && a4(Choice, { label: o5.people.alert, value: of.alerts.enabled ? String(of.alerts.delayMinutes) : "", of: [["", t.no], ...delays.map((minutes) => [String(minutes), minutes === 0 ? o5.people.alertAtOnce : `${t.yes}, ${o5.people.alertAfter} ${d4(o5.people.minutes(minutes))}`])], onChoice: (minutes) => {
      alerting.run(minutes);
    } }),
    alerting.problem && a4(Refusal, { problem: alerting.problem }),
    a4("div", { class: "row", children: [
      a4("button", { type: "button", onClick: () => {
        dialog.value = "share";
      }, children: [
        o5.people.change,
        a4("span", { class: "hidden-text", children: [
          " ",
          nameOf(of)
        ] })
      ] }),
      a4("button", { type: "button", class: "danger", onClick: () => {
        dialog.value = "end";
      }, children: [
        o5.people.end,
        a4("span", { class: "hidden-text", children: [
          " ",
          nameOf(of)
        ] })
      ] })
    ] }),
    dialog.value === "share" && a4(ShareDialog, { of, onDone: () => {
      dialog.value = void 0, onChange();
    }, onClose: () => {
      dialog.value = void 0;
    } }),
    dialog.value === "end" && a4(Dialog, { title: o5.people.end, onClose: () => {
      dialog.value = void 0;
    }, children: [
      a4("p", { children: o5.people.endText(nameOf(of)) }),
      ending.problem && a4(Refusal, { problem: ending.problem }),
      a4("button", { type: "button", class: "danger big", disabled: ending.isBusy, onClick: () => {
        ending.run();
      }, children: o5.people.end }),
      a4("button", { type: "button", onClick: () => {
        dialog.value = void 0;
      }, children: t.cancel })
    ] })
  ] });
}
function FindDoctor({ onDone }) {
  let text = useSignal(""), found = useSignal(void 0), done = useSignal(!1), finding = useAction(async () => {
    if (done.value = !1, [...text.value.trim()].length < 2) {
      found.value = void 0;
      return;
    }
    found.value = (await get("/doctors/search", { query: { query: text.value.trim(), limit: 10 } })).items;
  }), asking = useAction(async (id) => {
    await post("/connections", { body: { targetUserId: id }, key: newKey() }), found.value = void 0, done.value = !0, onDone();
  });
  return a4("section", { class: "card stack", "aria-labelledby": "find", children: [
    a4("h2", { id: "find", children: o5.people.findDoctor }),
    a4("form", { class: "stack tight", noValidate: !0, onSubmit: (event) => {
      event.preventDefault(), finding.run();
    }, children: [
      a4(Text, { id: "find-text", label: t.patients.name, hint: o5.people.findHint, kind: "search", most: 60, value: text.value, onText: (typed) => {
        text.value = typed;
      } }),
      a4("button", { type: "submit", disabled: finding.isBusy, children: o5.people.findDoctor })
    ] }),
    (finding.problem ?? asking.problem) && a4(Refusal, { problem: finding.problem ?? asking.problem }),
    done.value && a4(Notice, { tone: "success", live: !0, children: o5.people.askDone }),
    found.value && (found.value.length === 0 ? a4("p", { role: "status", children: o5.people.findNone }) : a4("ul", { class: "list", children: found.value.map((one) => a4("li", { class: "row between", children: [
      a4("div", { class: "grow", children: [
        a4("b", { children: one.fullName }),
        a4("p", { class: "muted small", children: [one.hospitalClinic, one.specialty && word(t.specialty, one.specialty)].filter(Boolean).join(" · ") })
      ] }),
      a4("button", { type: "button", disabled: asking.isBusy, onClick: () => {
        asking.run(one.id);
      }, children: [
        o5.people.ask,
        a4("span", { class: "hidden-text", children: [
          " ",
          one.fullName
        ] })
      ] })
    ] }, one.id)) }))
  ] });
}

// src/screens/own/Settings.tsx
function Settings({ children, signOut }) {
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.settings.title }),
    a4(Looks, {}),
    children,
    a4(Reminders, {}),
    a4("section", { class: "card stack tight", "aria-labelledby": "install", children: [
      a4("h2", { id: "install", children: o5.settings.install }),
      a4("p", { children: o5.settings.installText })
    ] }),
    a4("section", { class: "card stack tight", "aria-labelledby": "second", children: [
      a4("h2", { id: "second", children: t.factor.title }),
      a4("p", { children: o5.settings.factor }),
      a4("div", { children: a4("a", { class: "button", href: `${root}/second-factor`, children: o5.settings.factorOpen }) })
    ] }),
    a4(Data, {}),
    a4("div", { class: "row", children: [
      a4("a", { class: "button", href: `${root}/account`, children: o5.settings.account }),
      signOut
    ] })
  ] });
}
function Looks() {
  let size = useSignal(textSize()), sizes = [["100", o5.settings.normal], ["125", o5.settings.large], ["150", o5.settings.largest]], digits = useSignal(hasKhmerDigits());
  return a4("section", { class: "card stack", "aria-labelledby": "looks", children: [
    a4("fieldset", { class: "choices", children: [
      a4("legend", { children: a4("h2", { id: "looks", children: o5.settings.size }) }),
      sizes.map(([one, text]) => a4("label", { class: "choice", children: [
        a4("input", { type: "radio", name: "size", checked: size.value === one, onChange: () => {
          size.value = one, setTextSize(one);
        } }),
        text
      ] }, one))
    ] }),
    language === "km" && a4("label", { class: "check", children: [
      a4("input", { type: "checkbox", checked: digits.value, onChange: (event) => {
        digits.value = event.currentTarget.checked, setKhmerDigits(digits.value);
      } }),
      o5.settings.digits
    ] })
  ] });
}
function Reminders() {
  let settings = useLoad((signal) => get("/users/settings/notifications", { signal }), []);
  return a4("section", { class: "card stack", "aria-labelledby": "reminders", children: [
    a4("h2", { id: "reminders", children: o5.settings.reminders }),
    a4(Shown, { of: settings, lines: 4, children: (value) => a4(ReminderForm, { of: value }) })
  ] });
}
function ReminderForm({ of }) {
  var _a, _b;
  let [push, email, sms, names, quiet, from, to] = [useSignal(of.push), useSignal(of.email), useSignal(of.sms), useSignal(of.nameMedicines), useSignal(!!of.quietHours), useSignal(short((_a = of.quietHours) == null ? void 0 : _a.from) || "21:00"), useSignal(short((_b = of.quietHours) == null ? void 0 : _b.to) || "06:00")], [done, tried, grace] = [useSignal(!1), useSignal(!1), useSignal(me.value.gracePeriodMinutes)], graces = [.../* @__PURE__ */ new Set([15, 30, 60, 120, grace.value])].sort((one, other) => one - other), saving = useAction(async () => {
    done.value = !1, tried.value = !0;
    let hours = { from: readTime(from.value), to: readTime(to.value) };
    quiet.value && (!hours.from || !hours.to) || (await patch("/users/settings/notifications", { body: { push: push.value, email: email.value, sms: sms.value, nameMedicines: names.value, quietHours: quiet.value ? { from: hours.from, to: hours.to } : null } }), me.value.role === "PATIENT" && grace.value !== me.value.gracePeriodMinutes && await changed(await patch("/users/me/grace-period", { body: { gracePeriodMinutes: grace.value } })), done.value = !0);
  }), boxes = [[push, o5.settings.push], [email, o5.settings.email], [sms, o5.settings.sms], [names, o5.settings.names], [quiet, o5.settings.quietOn]], box = ([of2, text]) => a4("label", { class: "check", children: [
    a4("input", { type: "checkbox", checked: of2.value, onChange: (event) => {
      of2.value = event.currentTarget.checked;
    } }),
    text
  ] }, text);
  return a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), saving.run();
  }, children: [
    saving.problem && a4(Refusal, { problem: saving.problem }),
    a4("fieldset", { children: [
      a4("legend", { class: "label", children: o5.settings.channels }),
      boxes.slice(0, 4).map(box)
    ] }),
    a4("fieldset", { class: "stack tight", children: [
      a4("legend", { class: "label", children: o5.settings.quiet }),
      a4("p", { class: "hint", children: o5.settings.quietText }),
      box(boxes[4]),
      quiet.value && a4("div", { class: "fields", children: [
        a4(Time, { id: "quiet-from", label: o5.settings.from, value: from.value, wrong: tried.value && !readTime(from.value), onTime: (text) => {
          from.value = text;
        } }),
        a4(Time, { id: "quiet-to", label: o5.settings.to, value: to.value, wrong: tried.value && !readTime(to.value), onTime: (text) => {
          to.value = text;
        } })
      ] })
    ] }),
    me.value.role === "PATIENT" && a4("div", { children: [
      a4("label", { for: "grace", children: o5.settings.grace }),
      a4("p", { class: "hint", id: "grace-hint", children: o5.settings.graceText }),
      a4("select", { id: "grace", "aria-describedby": "grace-hint", value: String(grace.value), onChange: (event) => {
        grace.value = Number(event.currentTarget.value);
      }, children: graces.map((minutes) => a4("option", { value: String(minutes), children: d4(o5.people.minutes(minutes)) }, minutes)) })
    ] }),
    a4("div", { class: "row", children: [
      a4("button", { type: "submit", class: "primary", disabled: saving.isBusy, children: o5.settings.save }),
      a4("span", { role: "status", children: done.value && `✓ ${o5.settings.saved}` })
    ] })
  ] });
}
function Data() {
  var _a;
  let asking = useSignal(!1), exporting = useAction(async () => {
    let all = await get("/users/me/export"), address = URL.createObjectURL(new Blob([JSON.stringify(all, null, 1)], { type: "application/json" })), link = document.createElement("a");
    link.href = address, link.download = `das-tern-${all.exportedAt.slice(0, 10)}.json`, link.click(), setTimeout(() => URL.revokeObjectURL(address), 1e4);
  }), deleting = useAction(async () => {
    await changed(await remove("/users/me", {})), asking.value = !1;
  }), keeping = useAction(async () => {
    await changed(await post("/users/me/cancel-deletion"));
  }), since = me.value.deletionRequestedAt;
  return a4("section", { class: "card stack", "aria-labelledby": "data", children: [
    a4("h2", { id: "data", children: o5.settings.data }),
    a4("p", { children: o5.settings.exportText }),
    a4("div", { children: a4("button", { type: "button", disabled: exporting.isBusy, onClick: () => {
      exporting.run();
    }, children: o5.settings.export }) }),
    (exporting.problem ?? keeping.problem) && a4(Refusal, { problem: exporting.problem ?? keeping.problem }),
    ((_a = exporting.problem) == null ? void 0 : _a.code) === "second_factor_stale" && a4("div", { children: a4("a", { class: "button", href: `${root}/second-factor`, children: t.factor.show }) }),
    since ? a4(Notice, { tone: "warning", children: [
      a4("p", { children: [
        o5.settings.deleting,
        " ",
        d4(date(since)),
        "."
      ] }),
      a4("button", { type: "button", disabled: keeping.isBusy, onClick: () => {
        keeping.run();
      }, children: o5.settings.deleteBack })
    ] }) : a4("div", { children: a4("button", { type: "button", class: "danger", onClick: () => {
      asking.value = !0;
    }, children: o5.settings.delete }) }),
    asking.value && a4(Dialog, { title: o5.settings.delete, onClose: () => {
      asking.value = !1;
    }, children: [
      a4("p", { children: o5.settings.deleteText }),
      deleting.problem && a4(Refusal, { problem: deleting.problem }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "danger", disabled: deleting.isBusy, onClick: () => {
          deleting.run();
        }, children: o5.settings.deleteYes }),
        a4("button", { type: "button", class: "primary", onClick: () => {
          asking.value = !1;
        }, children: t.cancel })
      ] })
    ] })
  ] });
}

// src/screens/own/SignOut.tsx
var leave2 = async () => {
  await stopDays(), await signOutOwn();
};
function SignOut() {
  let asking = useSignal(!1), sending = useAction(async () => {
    await flush(), outbox.value.length === 0 && await leave2();
  }), start2 = async () => {
    await flush(), outbox.value.length > 0 ? asking.value = !0 : await leave2();
  };
  return a4($, { children: [
    a4("button", { type: "button", onClick: () => {
      start2();
    }, children: o5.settings.signOut }),
    asking.value && a4(Dialog, { title: o5.settings.signOut, onClose: () => {
      asking.value = !1;
    }, children: [
      a4(Notice, { tone: "warning", children: d4(o5.settings.signOutWaits(outbox.value.length)) }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "primary", disabled: sending.isBusy, onClick: () => {
          sending.run();
        }, children: o5.settings.signOutSend }),
        a4("button", { type: "button", class: "danger", onClick: () => {
          leave2();
        }, children: o5.settings.signOutLose }),
        a4("button", { type: "button", onClick: () => {
          asking.value = !1;
        }, children: t.cancel })
      ] })
    ] })
  ] });
}

// src/screens/own/AsNeeded.tsx
var DAY = 24 * 36e5;
function AsNeeded({ doses, now }) {
  var _a;
  let lines = (((_a = useLoad((signal) => get("/prescriptions", { query: { status: "ACTIVE", limit: 100 }, signal }), [], ["prescription.changed"]).value) == null ? void 0 : _a.items) ?? []).flatMap((prescription) => prescription.medications.filter((line) => line.isPRN));
  return lines.length === 0 ? null : a4("section", { class: "card stack", "aria-labelledby": "as-needed", children: [
    a4("h2", { id: "as-needed", children: o5.today.asNeeded }),
    a4("ul", { class: "stack", children: lines.map((line) => a4(Line2, { line, used: doses.filter((one) => one.dose.medicationId === line.id && one.dose.takenAt && now - new Date(one.dose.takenAt).getTime() < DAY) }, line.id)) })
  ] });
}
function Line2({ line, used }) {
  let key = useSignal(newKey()), warning = useSignal(void 0), done = useSignal(void 0), recording = useAction(async (confirm) => {
    done.value = void 0;
    let at = (/* @__PURE__ */ new Date()).toISOString();
    try {
      await post("/doses/prn", { body: { medicationId: line.id, takenAt: at, sentAt: at, confirm: confirm || void 0 }, key: key.value });
    } catch (error) {
      if (error instanceof Problem && error.code === "prn_limit" && !confirm) {
        warning.value = error, key.value = newKey();
        return;
      }
      throw error;
    }
    warning.value = void 0, key.value = newKey(), done.value = clock(at), loadDays();
  });
  return a4("li", { class: "dose-card", children: [
    a4("div", { children: [
      a4("p", { children: a4(DrugName, { name: line.medicineName, khmer: line.medicineNameKhmer }) }),
      a4("p", { children: d4(say(line.scheduleText)) }),
      a4("p", { class: "muted", children: [line.maxPer24h && o5.today.most(line.maxPer24h), line.minIntervalHours && o5.today.interval(line.minIntervalHours)].filter(Boolean).map((text) => d4(String(text))).join(" · ") }),
      a4("p", { children: used.length === 0 ? o5.today.noneUsed : `${d4(o5.today.usedToday(used.length))}: ${used.map((one) => d4(clock(one.dose.takenAt))).join(", ")}` })
    ] }),
    a4("button", { type: "button", class: "big", disabled: recording.isBusy, onClick: () => {
      recording.run(!1);
    }, children: [
      o5.today.asNeededUse,
      a4("span", { class: "hidden-text", lang: "en", children: [
        " ",
        line.medicineName
      ] })
    ] }),
    done.value && a4(Notice, { tone: "success", live: !0, children: [
      "✓ ",
      o5.today.asNeededDone(d4(done.value))
    ] }),
    recording.problem && (recording.problem.isAway ? a4(Notice, { tone: "warning", live: !0, children: o5.today.asNeededAway }) : a4(Refusal, { problem: recording.problem })),
    warning.value && a4(Dialog, { title: o5.today.limit, onClose: () => {
      warning.value = void 0;
    }, children: [
      a4(Notice, { tone: "danger", children: warning.value.message }),
      a4("button", { type: "button", class: "primary big", onClick: () => {
        warning.value = void 0;
      }, children: t.cancel }),
      a4("button", { type: "button", class: "danger", disabled: recording.isBusy, onClick: () => {
        recording.run(!0);
      }, children: o5.today.limitYes })
    ] })
  ] });
}

// src/screens/own/ReadAloud.tsx
function ReadAloud({ of }) {
  let voice = useSignal(void 0);
  return A2(() => {
    var _a;
    let speech = globalThis.speechSynthesis;
    if (!speech) return;
    let find = () => {
      voice.value = speech.getVoices().find((one) => one.lang.toLowerCase().startsWith(language));
    };
    return find(), (_a = speech.addEventListener) == null || _a.call(speech, "voiceschanged", find), () => {
      var _a2;
      (_a2 = speech.removeEventListener) == null || _a2.call(speech, "voiceschanged", find), speech.cancel();
    };
  }, []), voice.value ? a4("button", { type: "button", class: "small", onClick: () => {
    let lines = of.map(({ dose }) => [language === "km" ? dose.medicineNameKhmer ?? dose.medicineName : dose.medicineName, language === "km" ? `${number(dose.amount)} ${o5.today.unit[dose.unit] ?? word(t.unit, dose.unit)}` : dose.dose, mealText(dose)].filter(Boolean).join(", ")), text = new SpeechSynthesisUtterance(`${o5.today.at(clock(of[0].at))}. ${lines.join(". ")}`);
    text.voice = voice.value, text.lang = voice.value.lang, text.rate = 0.85, speechSynthesis.cancel(), speechSynthesis.speak(text);
  }, children: [
    a4("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", children: a4("path", { d: "M4 9v6h4l5 4V5L8 9zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11" }) }),
    o5.today.read
  ] }) : null;
}

// src/screens/own/SkipDialog.tsx
var reasons = ["FORGOT", "OUT_OF_STOCK", "SIDE_EFFECT", "FELT_WELL", "FASTING", "TOLD_TO_STOP"];
function SkipDialog({ of: { dose }, onClose }) {
  let reason = useSignal(void 0), needsAdvice = reason.value === "SIDE_EFFECT" || reason.value === "FELT_WELL" || reason.value === "OUT_OF_STOCK", choose = (one) => {
    reason.value = one, note([dose.id], "skipped", (/* @__PURE__ */ new Date()).toISOString(), one), (one === "FORGOT" || one === "FASTING" || one === "TOLD_TO_STOP") && onClose();
  };
  return a4(Dialog, { title: o5.today.skipTitle, onClose, children: [
    a4(DoseText, { dose, small: !0 }),
    reason.value === void 0 && a4("div", { class: "stack tight", children: [
      reasons.map((one) => a4("button", { type: "button", class: "big", onClick: () => choose(one), children: o5.today.reasons[one] }, one)),
      a4("button", { type: "button", class: "plain", onClick: onClose, children: t.cancel })
    ] }),
    needsAdvice && a4($, { children: [
      a4(Notice, { tone: "warning", live: !0, children: o5.today.reasonAdvice }),
      a4("button", { type: "button", class: "primary big", onClick: onClose, children: o5.today.seen })
    ] })
  ] });
}

// src/screens/own/Today.tsx
var MINUTE3 = 6e4, UNDO = 10 * MINUTE3, DUE = 30 * MINUTE3;
function Today() {
  var _a;
  let now = useSignal(Date.now());
  if (A2(() => {
    let timer = setInterval(() => {
      now.value = Date.now();
    }, 15e3);
    return () => clearInterval(timer);
  }, []), !days.value) return daysProblem.value ? a4(Refusal, { problem: daysProblem.value, retry: () => {
    loadDays();
  } }) : a4(Skeleton, { lines: 8 });
  let all = seen(days.value.doses, outbox.value, now.value, ((_a = me.value) == null ? void 0 : _a.gracePeriodMinutes) ?? 30), planned = all.filter(({ dose }) => !dose.isPRN), day = today(), missed = planned.filter((one) => one.isMissed && one.isOpen), open3 = groups(planned.filter((one) => one.status === "DUE" && !one.isMissed)), [next, ...later] = open3, isToday = (one) => dayOfInstant(one.at) === day, rest = later.flat().filter(isToday), finished = planned.filter((one) => isToday(one) && one.status !== "DUE" && !(one.isMissed && one.isOpen)), isDue = next !== void 0 && now.value >= next[0].at - DUE, isDone = next !== void 0 && !isDue && !isToday(next[0]);
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: [
      o5.today.title,
      " ",
      a4("span", { class: "muted small nowrap", children: d4(date(day)) })
    ] }),
    a4(Standing, {}),
    a4(Recorded, { all, now: now.value }),
    isDone && missed.length === 0 && a4(Notice, { tone: "success", children: [
      a4("p", { children: a4("b", { children: o5.today.done }) }),
      a4("p", { children: o5.today.doneText(`${whichDay(next[0])} ${o5.today.at(d4(clock(next[0].at)))}`) })
    ] }),
    !next && missed.length === 0 && finished.length === 0 && a4(Empty, { children: [
      a4("p", { children: a4("b", { children: o5.today.nothing }) }),
      a4("p", { children: o5.today.nothingText })
    ] }),
    isDue && a4(Next, { of: next, now: now.value }),
    missed.length > 0 && a4(Missed, { of: missed }),
    next && !isDone && !isDue && a4(Next, { of: next, now: now.value }),
    rest.length > 0 && a4("div", { class: "card", children: a4(Section, { title: o5.today.rest, of: rest }) }),
    a4(AsNeeded, { doses: all.filter(({ dose }) => dose.isPRN), now: now.value }),
    finished.length > 0 && a4("section", { class: "card stack tight", "aria-labelledby": "finished", children: [
      a4("h2", { id: "finished", children: o5.today.finished }),
      a4("ul", { class: "list", children: finished.map((one) => a4(DoseLine, { of: one, children: mayUndo(one, now.value) && a4(Undo, { of: one }) }, one.dose.id)) })
    ] }),
    a4(Week, { of: planned.filter((one) => dayOfInstant(one.at) > day) })
  ] });
}
function whichDay(one) {
  let day = dayOfInstant(one.at);
  return day === daysAfter(today(), 1) ? o5.today.tomorrow : day === today() ? "" : d4(shortDate(day));
}
function Standing() {
  var _a;
  let known = days.value, nameOf2 = (id) => known.doses.find((dose) => dose.id === id);
  return a4($, { children: [
    (isAway.value || ((_a = daysProblem.value) == null ? void 0 : _a.isAway)) && a4(Notice, { tone: "warning", live: !0, children: o5.today.away(d4(ago(new Date(known.at).toISOString()))) }),
    daysProblem.value && !daysProblem.value.isAway && a4(Refusal, { problem: daysProblem.value, retry: () => {
      loadDays();
    } }),
    outbox.value.length > 0 && a4(Notice, { tone: "info", live: !0, children: d4(o5.today.waiting(outbox.value.length)) }),
    refused.value.length > 0 && a4(Notice, { tone: "danger", live: !0, children: [
      a4("p", { children: a4("b", { children: o5.today.refused }) }),
      a4("ul", { children: refused.value.map((one) => a4("li", { children: [
        nameOf2(one.doseId) && a4($, { children: [
          a4(DrugName, { name: nameOf2(one.doseId).medicineName, khmer: nameOf2(one.doseId).medicineNameKhmer }),
          " · "
        ] }),
        a4("span", { class: "number", children: d4(clock(one.at)) }),
        ": ",
        one.message
      ] }, one.doseId + one.at)) }),
      a4("button", { type: "button", class: "small", onClick: () => {
        haveRead();
      }, children: o5.today.seen })
    ] }),
    told.value.length > 0 && a4(Notice, { tone: "warning", live: !0, children: [
      a4("ul", { children: told.value.map((one) => a4("li", { children: [
        nameOf2(one.doseId) && a4($, { children: [
          a4(DrugName, { name: nameOf2(one.doseId).medicineName, khmer: nameOf2(one.doseId).medicineNameKhmer }),
          ": "
        ] }),
        say(one.text)
      ] }, one.doseId + one.text.english)) }),
      a4("button", { type: "button", class: "small", onClick: () => {
        told.value = [];
      }, children: o5.today.seen })
    ] }),
    Math.abs(clockShift.value) >= 120 && a4(Notice, { tone: "warning", live: !0, children: d4(o5.today.clock(Math.round(Math.abs(clockShift.value) / 60))) })
  ] });
}
function recordedAt({ dose, mark }) {
  return new Date((mark == null ? void 0 : mark.at) ?? dose.recordedAt ?? 0).getTime();
}
function mayUndo(one, now) {
  return (one.status.startsWith("TAKEN") || one.status === "SKIPPED") && (!!one.mark || now - recordedAt(one) < UNDO);
}
function Recorded({ all, now }) {
  let last = all.filter((one) => !one.dose.isPRN && mayUndo(one, now) && now - recordedAt(one) < 2 * MINUTE3);
  return last.length === 0 ? null : a4(Notice, { tone: "success", live: !0, children: last.map((one) => a4("div", { class: "row between", children: [
    a4("span", { children: [
      "✓ ",
      o5.today.recorded,
      ": ",
      a4(DrugName, { name: one.dose.medicineName, khmer: one.dose.medicineNameKhmer })
    ] }),
    a4(Undo, { of: one })
  ] }, one.dose.id)) });
}
function Undo({ of: { dose } }) {
  let taking = useAction(async () => {
    if (await takeBack(dose.id)) return;
    let answer = await post("/doses/{id}/undo", { path: { id: dose.id }, key: newKey() });
    tell2(dose.id, answer.notices), replaceDose(answer.dose);
  });
  return a4("span", { children: [
    a4("button", { type: "button", class: "small", disabled: taking.isBusy, onClick: () => {
      taking.run();
    }, children: [
      o5.today.undo,
      a4("span", { class: "hidden-text", children: [
        " ",
        dose.medicineName
      ] })
    ] }),
    taking.problem && a4(Notice, { tone: "warning", live: !0, children: taking.problem.isAway ? o5.today.undoAway : taking.problem.message })
  ] });
}
function Next({ of, now }) {
  let first = of[0], skipping = useSignal(void 0), early = useSignal(void 0), isNow = !first.isTooEarly, isDue = now >= first.at - DUE, button = isDue ? "primary big" : "big", record = (list) => {
    note(list.map(({ dose }) => dose.id), "taken", (/* @__PURE__ */ new Date()).toISOString());
  }, isFar = first.at - now > 720 * MINUTE3;
  return a4("section", { class: `card stack next ${(first.dose.slot ?? "").toLowerCase()}`, "aria-labelledby": "next", children: [
    a4("div", { class: "row between", children: [
      a4("h2", { id: "next", children: [
        isDue ? o5.today.next : o5.today.later,
        " · ",
        a4(When, { dose: first.dose })
      ] }),
      a4(ReadAloud, { of })
    ] }),
    !isNow && a4("p", { children: o5.today.tooEarly(d4(clock(first.at - 120 * MINUTE3))) }),
    a4("ul", { class: "stack", children: of.map((one) => a4("li", { class: "dose-card", children: [
      a4(DoseText, { dose: one.dose }),
      isNow && a4("button", { type: "button", class: button, onClick: () => record([one]), children: [
        o5.today.taken,
        a4("span", { class: "hidden-text", lang: "en", children: [
          " ",
          one.dose.medicineName
        ] })
      ] }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "small", onClick: () => {
          skipping.value = one;
        }, children: [
          o5.today.skip,
          a4("span", { class: "hidden-text", lang: "en", children: [
            " ",
            one.dose.medicineName
          ] })
        ] }),
        !isNow && !isFar && a4("button", { type: "button", class: "small", onClick: () => {
          early.value = one;
        }, children: [
          o5.today.early,
          a4("span", { class: "hidden-text", lang: "en", children: [
            " ",
            one.dose.medicineName
          ] })
        ] })
      ] })
    ] }, one.dose.id)) }),
    isNow && of.length > 1 && a4("button", { type: "button", class: button, onClick: () => record(of), children: d4(o5.today.allTaken(of.length)) }),
    skipping.value && a4(SkipDialog, { of: skipping.value, onClose: () => {
      skipping.value = void 0;
    } }),
    early.value && a4(EarlyDialog, { of: early.value, onClose: () => {
      early.value = void 0;
    } })
  ] });
}
function EarlyDialog({ of: { dose }, onClose }) {
  let key = useSignal(newKey()), recording = useAction(async () => {
    let answer = await post("/doses/{id}/mark-taken", { path: { id: dose.id }, body: { confirmEarly: !0, sentAt: (/* @__PURE__ */ new Date()).toISOString(), takenAt: (/* @__PURE__ */ new Date()).toISOString() }, key: key.value });
    tell2(dose.id, answer.notices), replaceDose(answer.dose), onClose();
  });
  return a4(Dialog, { title: o5.today.earlyTitle, onClose, children: [
    a4(DoseText, { dose, small: !0 }),
    a4(Notice, { tone: "warning", children: o5.today.earlyText }),
    recording.problem && a4(Refusal, { problem: recording.problem }),
    a4("div", { class: "stack tight", children: [
      a4("button", { type: "button", class: "big", disabled: recording.isBusy, onClick: () => {
        recording.run();
      }, children: o5.today.earlyYes }),
      a4("button", { type: "button", class: "primary big", onClick: onClose, children: t.cancel })
    ] })
  ] });
}
function Missed({ of }) {
  let late = useSignal(void 0), skipping = useSignal(void 0);
  return a4("section", { class: "card stack missed", "aria-labelledby": "missed", children: [
    a4("h2", { id: "missed", children: o5.today.missed }),
    a4("p", { children: o5.today.missedText }),
    a4("ul", { class: "stack", children: of.map((one) => a4("li", { class: "stack tight", children: [
      a4("ul", { children: a4(DoseLine, { of: one }) }),
      a4("p", { class: "muted small", children: [
        dayOfInstant(one.at) === today() ? "" : `${o5.today.yesterday} `,
        a4(When, { dose: one.dose })
      ] }),
      a4("div", { class: "row", children: [
        a4("button", { type: "button", class: "primary", onClick: () => {
          late.value = one;
        }, children: [
          o5.today.missedTaken,
          a4("span", { class: "hidden-text", lang: "en", children: [
            " ",
            one.dose.medicineName
          ] })
        ] }),
        a4("button", { type: "button", onClick: () => {
          skipping.value = one;
        }, children: [
          o5.today.missedNot,
          a4("span", { class: "hidden-text", lang: "en", children: [
            " ",
            one.dose.medicineName
          ] })
        ] })
      ] })
    ] }, one.dose.id)) }),
    late.value && a4(LateDialog, { of: late.value, onClose: () => {
      late.value = void 0;
    } }),
    skipping.value && a4(SkipDialog, { of: skipping.value, onClose: () => {
      skipping.value = void 0;
    } })
  ] });
}
function LateDialog({ of, onClose }) {
  let which = useSignal("now"), typed = useSignal(""), wrong = useSignal(void 0), scheduled = d4(clock(of.at)), save = () => {
    let at = (/* @__PURE__ */ new Date()).toISOString();
    if (which.value === "time" && (at = new Date(of.at).toISOString()), which.value === "other") {
      let time = readTime(typed.value);
      if (!time) {
        wrong.value = o5.today.whenWrong;
        return;
      }
      let onItsDay = instantOf(dayOfInstant(of.at), time);
      if (at = new Date(onItsDay).getTime() < of.at - 120 * MINUTE3 ? instantOf(daysAfter(dayOfInstant(of.at), 1), time) : onItsDay, new Date(at).getTime() > Date.now()) {
        wrong.value = o5.today.whenFuture;
        return;
      }
    }
    note([of.dose.id], "taken", at), onClose();
  };
  return a4(Dialog, { title: o5.today.whenTitle, onClose, children: a4("form", { class: "stack", noValidate: !0, onSubmit: (event) => {
    event.preventDefault(), save();
  }, children: [
    a4(DoseText, { dose: of.dose, small: !0 }),
    a4("fieldset", { class: "choices", children: [
      a4("legend", { class: "hidden-text", children: o5.today.whenTitle }),
      [["now", o5.today.whenNow], ["time", o5.today.whenTime(scheduled)], ["other", o5.today.whenOther]].map(([one, text]) => a4("label", { class: "choice", children: [
        a4("input", { type: "radio", name: "when", checked: which.value === one, onChange: () => {
          which.value = one;
        } }),
        text
      ] }, one))
    ] }),
    which.value === "other" && a4("div", { children: [
      a4("label", { for: "late-time", children: o5.today.whenOther }),
      a4("p", { class: "hint", id: "late-time-hint", children: o5.today.whenHint }),
      a4("input", { id: "late-time", type: "text", inputMode: "numeric", autocomplete: "off", maxLength: 5, value: typed.value, "aria-describedby": "late-time-hint", "aria-invalid": wrong.value ? !0 : void 0, onInput: (event) => {
        typed.value = event.currentTarget.value, wrong.value = void 0;
      } }),
      wrong.value && a4("p", { class: "error", role: "alert", children: wrong.value })
    ] }),
    a4("button", { type: "submit", class: "primary big", children: o5.today.save }),
    a4("button", { type: "button", onClick: onClose, children: t.cancel })
  ] }) });
}
function Section({ title, of }) {
  return a4("section", { class: "stack tight", "aria-label": title, children: [
    a4("h2", { children: title }),
    groups(of).map((group) => a4("div", { children: [
      a4("h3", { children: a4(When, { dose: group[0].dose }) }),
      a4("ul", { class: "list", children: group.map((one) => a4(DoseLine, { of: one }, one.dose.id)) })
    ] }, group[0].at))
  ] });
}
function Week({ of }) {
  if (of.length === 0) return null;
  let byDay = /* @__PURE__ */ new Map();
  for (let one of of) byDay.set(dayOfInstant(one.at), [...byDay.get(dayOfInstant(one.at)) ?? [], one]);
  return a4("details", { class: "card", children: [
    a4("summary", { children: d4(o5.today.week) }),
    a4("div", { class: "stack tight", children: [...byDay].map(([day, list]) => a4(Section, { title: `${t.weekdays[(/* @__PURE__ */ new Date(`${day}T00:00:00Z`)).getUTCDay()]} ${d4(shortDate(day))}`, of: list }, day)) })
  ] });
}

// src/entry/patient.tsx
var spots = [
  { address: "/me", text: o5.nav.today, icon: "day" },
  { address: "/me/medicines", text: o5.nav.medicines, icon: "pill" },
  { address: "/me/health", text: o5.nav.health, icon: "heart" },
  { address: "/me/people", text: o5.nav.people, icon: "people" },
  { address: "/me/more", text: o5.nav.more, icon: "more" }
];
function screen() {
  return match("/me") ? { title: o5.today.title, view: a4(Today, {}) } : match("/me/medicines") ? { title: o5.medicines.title, view: a4(Medicines, {}) } : match("/me/history") ? { title: o5.history.title, view: a4(History, {}) } : match("/me/health") ? { title: o5.health.title, view: a4(Health, {}) } : match("/me/people") ? { title: o5.people.title, view: a4(People, {}) } : match("/me/people/invite") ? { title: o5.invite.title, view: a4(Invite, {}) } : match("/me/people/looked") ? { title: o5.people.looked, view: a4(Looked, {}) } : match("/me/more") ? { title: o5.more.title, view: a4(More2, {}) } : match("/me/messages") ? { title: t.messages.title, view: a4(Messages, { prefix: "/me" }) } : match("/me/notes") ? { title: o5.more.notes, view: a4(Notes, {}) } : match("/me/settings") ? { title: o5.settings.title, view: a4(Settings, { signOut: a4(SignOut, {}), children: a4(Meals, {}) }) } : match("/me/account") ? { title: t.account.title, view: a4(OwnAccount, { part: "account" }, "account") } : match("/me/second-factor") ? { title: t.factor.title, view: a4(OwnAccount, { part: "second-factor" }, "factor") } : nowhere();
}
function More2() {
  var _a;
  let unread = useLoad((signal) => get("/notifications/unread-count", { signal }), [], ["notification.created", "notification.read"]), rows = [
    { address: "/me/messages", text: o5.more.messages, count: (_a = unread.value) == null ? void 0 : _a.unreadCount },
    { address: "/me/notes", text: o5.more.notes },
    { address: "/me/history", text: o5.more.history },
    { address: "/me/people/looked", text: o5.more.looked },
    { address: "/plan", text: o5.more.plan },
    { address: "/me/settings", text: o5.more.settings }
  ];
  return a4("div", { class: "stack own", children: [
    a4("h1", { children: o5.more.title }),
    a4(Rows, { of: rows }),
    a4("p", { children: a4(SignOut, {}) })
  ] });
}
startPhone(() => spots, screen, () => outbox.value.length, async ({ id }) => {
  await startDays(id), await startOutbox(id, settle), loadDays();
});
