"use strict";
// Elements, and the Markdown of descriptions as elements: paragraphs, lists, `code`, **strong words** and links. Text only
// ever enters the page as text, so nothing that stands in it can be more than that.

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|\[([^\]]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>()]*[^\s<>().,;:!?])/s;

// A link leads to another page of the web or of this server; anything else, such as a script, stays text.
function isAddress(target) {
  return /^(https?:\/\/|mailto:|\/(?!\/)|#)/i.test(target);
}

// The pieces of one paragraph.
function inline(text) {
  const pieces = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    if (found.index > 0) pieces.push(rest.slice(0, found.index));
    const [whole, , code, strong, label, target, address] = found;
    if (code !== undefined) pieces.push(make("code", {}, code.trim()));
    else if (strong !== undefined) pieces.push(make("strong", {}, ...inline(strong)));
    else if (address !== undefined) pieces.push(make("a", { href: address, rel: "noreferrer" }, address));
    else if (isAddress(target)) pieces.push(make("a", { href: target, rel: "noreferrer" }, ...inline(label)));
    else pieces.push(whole);
    rest = rest.slice(found.index + whole.length);
  }
  if (rest) pieces.push(rest);
  return pieces;
}

// The blocks of a description. A line that follows another one goes on with it.
function markdown(text) {
  const blocks = [];
  for (const block of String(text).replace(/\r\n?/g, "\n").split(/\n[ \t]*\n/)) {
    let paragraph = [];
    let items = [];
    let ordered = false;
    const close = () => {
      if (paragraph.length) blocks.push(make("p", {}, ...inline(paragraph.join(" "))));
      if (items.length) {
        const entries = items.map((lines) => make("li", {}, ...inline(lines.join(" "))));
        blocks.push(make(ordered ? "ol" : "ul", {}, ...entries));
      }
      paragraph = [];
      items = [];
    };
    for (const line of block.split("\n")) {
      const item = /^\s*([-*]|\d+[.)])\s+(.*)$/.exec(line);
      if (item) {
        if (!items.length) close();
        ordered = /\d/.test(item[1]);
        items.push([item[2].trim()]);
      } else if (!line.trim()) continue;
      else if (items.length) items[items.length - 1].push(line.trim());
      else paragraph.push(line.trim());
    }
    close();
  }
  return blocks;
}
