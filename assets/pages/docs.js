"use strict";
// Interactive documentation from /openapi.json. Text only ever enters the page as text.

const METHODS = ["get", "post", "put", "patch", "delete"];

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

let documentation = {};

function resolve(schema) {
  if (!schema || !schema.$ref) return schema || {};
  return schema.$ref.split("/").slice(1).reduce((place, part) => place[part], documentation);
}

// The schema behind references and behind "this or null".
function plain(schema) {
  const whole = resolve(schema);
  const branch = (whole.allOf || whole.oneOf || whole.anyOf || [])[0];
  return branch ? plain(branch) : whole;
}

function typeOf(schema) {
  return [].concat(schema.type || [])[0];
}

function nameOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const branch = (schema.allOf || schema.anyOf || [])[0];
  const name = branch
    ? nameOf(branch)
    : typeOf(schema) === "array"
      ? "list of " + nameOf(schema.items)
      : [typeOf(schema), schema.format].filter(Boolean).join(" ");
  const mayBeNull = schema.anyOf || Array.isArray(schema.type);
  return mayBeNull ? name + " or null" : name;
}

// A value that fits a schema, to start from.
function example(schema, depth) {
  const whole = resolve(schema);
  if (whole.example !== undefined) return whole.example;
  if (whole.default !== undefined) return whole.default;
  if (whole.enum) return whole.enum[0];
  const branch = (whole.allOf || whole.oneOf || whole.anyOf || [])[0];
  if (branch) return example(branch, depth);
  if (depth > 5) return null;
  switch (typeOf(whole)) {
    case "object":
      return Object.fromEntries(
        Object.entries(whole.properties || {})
          .filter(([name, property]) => (whole.required || []).includes(name) || depth === 0)
          .map(([name, property]) => [name, example(property, depth + 1)]),
      );
    case "array":
      return [example(whole.items, depth + 1)];
    case "integer":
    case "number":
      return whole.minimum || 1;
    case "boolean":
      return false;
    default:
      return { uuid: "00000000-0000-7000-8000-000000000000", date: "2026-11-22", "date-time": "2026-11-22T07:00:00+07:00", time: "07:00" }[whole.format] || "";
  }
}

function describeSchema(schema, depth) {
  const whole = plain(schema);
  if (typeOf(whole) === "array") return describeSchema(whole.items, depth);
  if (!whole.properties) {
    return whole.enum ? make("p", {}, "One of: " + whole.enum.join(", ")) : make("p", {}, nameOf(whole));
  }
  const rows = Object.entries(whole.properties).map(([name, property]) => {
    const inner = plain(property);
    const limits = ["minLength", "maxLength", "minimum", "maximum", "pattern", "maxItems"]
      .filter((limit) => inner[limit] !== undefined)
      .map((limit) => limit + " " + inner[limit]);
    const values = inner.enum ? ["one of " + inner.enum.join(", ")] : [];
    const text = [property.description || inner.description, ...values, ...limits].filter(Boolean).join("; ");
    const required = (whole.required || []).includes(name) ? " *" : "";
    const cell = make("td", {}, text);
    const nested = typeOf(inner) === "array" ? plain(inner.items) : inner;
    if (nested.properties && depth < 3) cell.append(describeSchema(nested, depth + 1));
    return make("tr", {}, make("td", {}, make("code", {}, name + required)), make("td", {}, nameOf(property)), cell);
  });
  return make("table", {}, ...rows);
}

function parameterField(parameter) {
  const schema = plain(parameter.schema);
  let input;
  if (schema.enum) {
    input = make("select", {}, make("option", { value: "" }, ""), ...schema.enum.map((value) => make("option", { value }, value)));
  } else {
    input = make("input", { placeholder: nameOf(parameter.schema) });
  }
  const label = parameter.name + (parameter.required ? " *" : "");
  const row = make("label", { class: "field" }, make("code", {}, label), input);
  if (parameter.description) row.append(make("small", {}, parameter.description));
  return { row, read: () => input.value.trim() };
}

async function send(method, path, parameters, body, output) {
  let url = documentation.servers[0].url + path;
  const query = new URLSearchParams();
  const headers = new Headers({ "Accept-Language": document.getElementById("language").value });
  for (const [parameter, read] of parameters) {
    const value = read();
    if (parameter.in === "path") url = url.replace("{" + parameter.name + "}", encodeURIComponent(value));
    else if (value && parameter.in === "query") query.append(parameter.name, value);
    else if (value && parameter.in === "header") headers.set(parameter.name, value);
  }
  if (query.size) url += "?" + query;
  const token = document.getElementById("token").value.trim();
  if (token) headers.set("Authorization", "Bearer " + token);
  const options = { method: method.toUpperCase(), headers };
  if (body) {
    headers.set("Content-Type", body.type);
    options.body = body.text;
  }
  output.replaceChildren("…");
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    let shown = text;
    try {
      const value = JSON.parse(text);
      shown = JSON.stringify(value, null, 2);
      if (value.accessToken) document.getElementById("token").value = value.accessToken;
    } catch (error) {
      // Not JSON: shown as it came.
    }
    const kind = answer.ok ? "good" : "bad";
    output.replaceChildren(
      make("p", { class: "status " + kind }, answer.status + " " + answer.statusText),
      make("pre", {}, [...answer.headers].map(([name, value]) => name + ": " + value).join("\n")),
      make("pre", {}, shown),
    );
  } catch (error) {
    output.replaceChildren(make("p", { class: "status bad" }, String(error)));
  }
}

function fill(inside, method, path, operation) {
  if (operation.description) inside.append(make("p", {}, operation.description));
  const parameters = (operation.parameters || []).map(resolve).filter((parameter) => parameter.name !== "Accept-Language");
  const fields = parameters.map((parameter) => {
    const { row, read } = parameterField(parameter);
    inside.append(row);
    return [parameter, read];
  });
  let body = null;
  const [type, content] = Object.entries((operation.requestBody || {}).content || {})[0] || [];
  if (content) {
    inside.append(make("h3", {}, "Body: " + nameOf(content.schema)), describeSchema(content.schema, 0));
    body = make("textarea", { spellcheck: "false", "aria-label": "Body" });
    const start = content.example === undefined ? example(content.schema, 0) : content.example;
    body.value = typeof start === "string" ? start : JSON.stringify(start, null, 2);
    inside.append(body);
  }
  const output = make("div", { "aria-live": "polite" });
  const button = make("button", { type: "button" }, "Send");
  button.addEventListener("click", () => send(method, path, fields, body && { type, text: body.value }, output));
  inside.append(make("p", {}, button), output, make("h3", {}, "Answers"));
  for (const [status, answer] of Object.entries(operation.responses)) {
    const kind = answer.content && Object.values(answer.content)[0];
    inside.append(make("p", {}, make("code", {}, status), " " + (answer.description || "") + (kind ? " " + nameOf(kind.schema) : "")));
    if (kind && status < 300) inside.append(describeSchema(kind.schema, 0));
  }
}

function operationElement(method, path, operation) {
  const lock = (operation.security || []).length ? " 🔒" : "";
  const summary = make(
    "summary",
    {},
    make("span", { class: "method " + method }, method.toUpperCase()),
    make("code", {}, path),
    make("span", { class: "what" }, (operation.summary || operation.operationId) + lock),
  );
  const element = make("details", { id: operation.operationId }, summary);
  element.dataset.text = [method, path, operation.operationId, operation.summary, operation.description].join(" ").toLowerCase();
  element.addEventListener("toggle", () => {
    if (!element.open || element.children.length > 1) return;
    const inside = make("div", { class: "inside" });
    fill(inside, method, path, operation);
    element.append(inside);
  });
  return element;
}

function show() {
  const groups = new Map();
  for (const [path, methods] of Object.entries(documentation.paths)) {
    for (const method of METHODS.filter((method) => methods[method])) {
      const operation = methods[method];
      const tag = (operation.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationElement(method, path, operation));
    }
  }
  const descriptions = Object.fromEntries((documentation.tags || []).map((tag) => [tag.name, tag.description]));
  const sections = [...groups].map(([tag, elements]) => {
    const text = descriptions[tag] ? [make("p", {}, descriptions[tag])] : [];
    return make("section", {}, make("h2", {}, tag), ...text, ...elements);
  });
  document.getElementById("operations").replaceChildren(...sections);
  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const section of sections) {
      let any = false;
      for (const element of section.querySelectorAll("details")) {
        element.hidden = !element.dataset.text.includes(wanted);
        any = any || !element.hidden;
      }
      section.hidden = !any;
    }
  });
  const linked = location.hash && document.getElementById(location.hash.slice(1));
  if (linked) linked.open = true;
}

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then((value) => {
    documentation = value;
    show();
  })
  .catch((error) => document.getElementById("operations").replaceChildren("The documentation could not be loaded: " + error));
