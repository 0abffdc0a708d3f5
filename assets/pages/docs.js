"use strict";
// Interactive documentation from /openapi.json.

const METHODS = ["get", "post", "put", "patch", "delete"];
const LIMITS = ["minLength", "maxLength", "minimum", "maximum", "multipleOf", "pattern", "minItems", "maxItems"];

let documentation = {};

function resolve(schema) {
  if (!schema || !schema.$ref) return schema || {};
  return schema.$ref.split("/").slice(1).reduce((place, part) => place[part], documentation);
}

// The schema that a described reference, or a reference or null, stands for.
function inner(schema) {
  const { allOf, anyOf, ...whole } = resolve(schema);
  if (allOf) return { ...inner(allOf[0]), ...whole };
  const branches = (anyOf || []).filter((branch) => branch.type !== "null");
  if (branches.length === 1) return { ...inner(branches[0]), ...whole };
  return branches.length ? { ...whole, anyOf: branches } : whole;
}

function typeOf(schema) {
  return [].concat(schema.type || []).find((type) => type !== "null");
}

function mayBeNull(schema) {
  return [].concat(schema.type || []).includes("null") || (schema.anyOf || []).some((branch) => branch.type === "null");
}

function nameOf(schema) {
  if (!schema) return "";
  const orNull = mayBeNull(schema) ? " or null" : "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.allOf) return nameOf(schema.allOf[0]) + orNull;
  const branches = schema.oneOf || (schema.anyOf && schema.anyOf.filter((branch) => branch.type !== "null"));
  if (branches) return branches.map(nameOf).join(" or ") + orNull;
  if (typeOf(schema) === "array") return "list of " + nameOf(schema.items) + orNull;
  return [typeOf(schema), schema.format].filter(Boolean).join(" ") + orNull;
}

// A value that fits a schema, to start from where the document shows none.
function example(schema, depth) {
  const whole = inner(schema);
  if (whole.example !== undefined) return whole.example;
  if (whole.default !== undefined) return whole.default;
  if (whole.enum) return whole.enum[0];
  const branch = (whole.oneOf || whole.anyOf || [])[0];
  if (branch) return example(branch, depth);
  if (depth > 5) return null;
  switch (typeOf(whole)) {
    case "object":
      return Object.fromEntries(
        Object.entries(whole.properties || {})
          .filter(([name]) => (whole.required || []).includes(name))
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
      return { uuid: "00000000-0000-7000-8000-000000000000", date: "2026-11-22", "date-time": "2026-11-22T07:00:00+07:00" }[whole.format] || "";
  }
}

function limitsOf(schema) {
  return LIMITS.filter((limit) => schema[limit] !== undefined).map((limit) => limit + " " + schema[limit]).join("; ");
}

function describeSchema(schema, depth) {
  const whole = inner(schema);
  if (typeOf(whole) === "array") return describeSchema(whole.items, depth);
  const branches = whole.oneOf || whole.anyOf;
  if (branches) {
    return make("div", {}, ...branches.flatMap((branch) => [make("h4", {}, nameOf(branch)), describeSchema(branch, depth)]));
  }
  if (!whole.properties) {
    return make("p", {}, whole.enum ? "One of: " + whole.enum.join(", ") : nameOf(whole));
  }
  const rows = Object.entries(whole.properties).map(([name, property]) => {
    const meant = inner(property);
    const cell = make("td", {}, ...inline(property.description || meant.description || ""));
    const more = [meant.enum && "one of " + meant.enum.join(", "), limitsOf(meant)].filter(Boolean).join("; ");
    if (more) cell.append(make("div", { class: "limits" }, more));
    const nested = typeOf(meant) === "array" ? inner(meant.items) : meant;
    if (nested.properties && depth < 3) cell.append(describeSchema(nested, depth + 1));
    const required = (whole.required || []).includes(name) ? " *" : "";
    return make("tr", {}, make("td", {}, make("code", {}, name + required)), make("td", {}, nameOf(property)), cell);
  });
  return make("table", {}, ...rows);
}

function parameterField(parameter) {
  const schema = inner(parameter.schema);
  let input;
  if (schema.enum) {
    input = make("select", {}, make("option", { value: "" }, ""), ...schema.enum.map((value) => make("option", { value }, value)));
  } else {
    input = make("input", { placeholder: [nameOf(parameter.schema), limitsOf(schema)].filter(Boolean).join("; ") });
  }
  input.setAttribute("name", parameter.name);
  const label = parameter.name + (parameter.required ? " *" : "");
  const row = make("label", { class: "field" }, make("code", {}, label), input);
  if (parameter.description) row.append(make("small", {}, ...inline(parameter.description)));
  return { row, read: () => input.value.trim() };
}

// What is sent, as the type that the operation takes: typed, or for anything but JSON a file as it is.
function bodyField(type, media) {
  const text = make("textarea", { spellcheck: "false", "aria-label": "Body" });
  if (type.endsWith("json")) {
    const start = media.example !== undefined ? media.example : example(media.schema, 0);
    text.value = JSON.stringify(start, null, 2);
    return { elements: [text], type: () => type, read: () => text.value };
  }
  const file = make("input", { type: "file", "aria-label": "File", accept: type });
  const row = make("label", { class: "field" }, "A file, in place of the text:", file);
  return { elements: [text, row], type: () => type, read: () => file.files[0] || text.value };
}

function fill(inside, method, path, operation) {
  if (operation.description) inside.append(...markdown(operation.description));
  const parameters = (operation.parameters || []).map(resolve).filter((parameter) => parameter.name !== "Accept-Language");
  const fields = parameters.map((parameter) => {
    const { row, read } = parameterField(parameter);
    inside.append(row);
    return [parameter, read];
  });
  let body = null;
  const content = operation.requestBody && Object.entries(operation.requestBody.content)[0];
  if (content) {
    const [type, media] = content;
    inside.append(make("h3", {}, "Body: " + (type.endsWith("json") ? nameOf(media.schema) : type)));
    if (operation.requestBody.description) inside.append(...markdown(operation.requestBody.description));
    if (type.endsWith("json")) inside.append(describeSchema(media.schema, 0));
    body = bodyField(type, media);
    inside.append(...body.elements);
  }
  if (operation.responses["101"]) {
    inside.append(make("p", {}, "A WebSocket is opened by a program, not from this page."));
  } else {
    const output = make("div", { class: "output", "aria-live": "polite" });
    const buttons = { send: make("button", { type: "button" }, "Send"), stop: make("button", { type: "button", class: "stop" }, "Stop") };
    buttons.stop.hidden = true;
    buttons.send.addEventListener("click", () => send([method, path, fields, body], output, buttons));
    inside.append(make("p", {}, buttons.send, " ", buttons.stop), output);
  }
  inside.append(make("h3", {}, "Answers"));
  for (const [status, answer] of Object.entries(operation.responses)) {
    const kind = answer.content && Object.values(answer.content)[0];
    inside.append(make("p", {}, make("code", {}, status), " ", ...inline(answer.description || ""), kind ? " " + nameOf(kind.schema) : ""));
    if (kind && status < 300) inside.append(describeSchema(kind.schema, 0));
  }
}

function operationElement(method, path, operation) {
  const lock = operation.security && operation.security.length ? " 🔒" : "";
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
  const { title, version, description } = documentation.info;
  const introduction = make("section", { id: "introduction" }, make("h2", {}, title + " " + version), ...markdown(description || ""));
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
    return make("section", {}, make("h2", {}, tag), ...markdown(descriptions[tag] || ""), ...elements);
  });
  document.getElementById("operations").replaceChildren(introduction, ...sections);
  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    introduction.hidden = wanted !== "";
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
