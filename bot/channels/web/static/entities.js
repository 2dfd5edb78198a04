// Text and its entities become DOM nodes; nothing is ever parsed as HTML.

import { t } from "./i18n.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const SAFE = /^(https?:|tel:|mailto:|geo:)/i;

export function link(address, text) {
  const node = document.createElement("a");
  node.textContent = text;
  if (!SAFE.test(address)) return node;
  node.href = address;
  const own = new URL(address, location.href).origin === location.origin;
  if (!own) { node.target = "_blank"; node.rel = "noopener noreferrer"; }
  return node;
}

function wrapper(entity, text, onCommand) {
  if (entity.type === "url") return link(text, "");
  if (entity.type === "text_link") return link(entity.url || "", "");
  if (entity.type === "bot_command" || entity.type === "spoiler") {
    const node = document.createElement("button");
    node.type = "button";
    node.className = entity.type === "spoiler" ? "spoiler" : "command";
    if (entity.type === "spoiler") {
      node.setAttribute("aria-label", t("spoiler"));
      node.onclick = () => { node.classList.add("open"); node.removeAttribute("aria-label"); };
    } else {
      node.onclick = () => onCommand(text);
    }
    return node;
  }
  return document.createElement(TAGS[entity.type] || "span");
}

// A block ends its line itself; the line break after it would be an empty line.
function afterBlock(node, previous) {
  const block = /^(PRE|BLOCKQUOTE)$/.test(previous?.tagName);
  return block && typeof node === "string" ? node.replace(/^\n/, "") : node;
}

// `text` from `from` to `to` with the entities inside it, outer ones first.
function build(text, from, to, entities, onCommand) {
  const nodes = [];
  let at = from;
  let rest = entities;
  while (rest.length) {
    const [entity, ...others] = rest;
    const end = Math.min(entity.offset + entity.length, to);
    const inner = others.filter((other) => other.offset < end);
    rest = others.filter((other) => other.offset >= end);
    if (entity.offset < at) continue;
    if (entity.offset > at) nodes.push(text.slice(at, entity.offset));
    const node = wrapper(entity, text.slice(entity.offset, end), onCommand);
    node.append(...build(text, entity.offset, end, inner, onCommand));
    nodes.push(node);
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes.map((node, index) => afterBlock(node, nodes[index - 1]));
}

export function nodesOf(text, entities, onCommand) {
  const sorted = [...(entities || [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, 0, text.length, sorted, onCommand);
}
