/** Reads a page as a browser would take it apart: tags with attributes, and text. Strict: throws on anything odd. */

export interface Element {
  tag: string;
  attributes: Record<string, string>;
  children: (Element | string)[];
}

const VOID = new Set(["meta", "link", "input", "img"]);
const TOKEN = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z][\w:-]*(?:="[^"]*")?)*)\s*(\/?)>|([^<]+)/gy;
const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

const decode = (text: string) => text.replace(/&(amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity);

export function parse(page: string): Element {
  const start = "<!doctype html>";
  if (!page.startsWith(start)) throw new Error("no doctype");
  const root: Element = { tag: "#document", attributes: {}, children: [] };
  const open = [root];
  const html = page.slice(start.length);
  TOKEN.lastIndex = 0;
  for (let at = 0; at < html.length; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(html);
    if (!match) throw new Error(`cannot read: ${html.slice(at, at + 60)}`);
    take(match, open);
  }
  if (open.length !== 1) throw new Error(`left open: ${open.at(-1)?.tag}`);
  return root;
}

function take([, close, tag, attributes, selfClosed, text]: RegExpExecArray, open: Element[]) {
  const parent = open.at(-1);
  if (!parent) throw new Error("closed too much");
  if (text !== undefined) parent.children.push(decode(text));
  else if (close) {
    if (open.pop()?.tag !== tag) throw new Error(`closes ${tag} inside ${parent.tag}`);
  } else {
    const element: Element = { tag: tag ?? "", attributes: readAttributes(attributes ?? ""), children: [] };
    parent.children.push(element);
    if (!selfClosed && !VOID.has(element.tag)) open.push(element);
  }
}

function readAttributes(source: string): Record<string, string> {
  const found = source.matchAll(/([a-z][\w:-]*)(?:="([^"]*)")?/g);
  return Object.fromEntries([...found].map(([, name, value]) => [name, decode(value ?? "")]));
}

export function text(node: Element | string): string {
  return typeof node === "string" ? node : node.children.map(text).join("");
}

/** All elements, in the order of the document. */
export function elements(root: Element): Element[] {
  const below = root.children.flatMap((child) => (typeof child === "string" ? [] : elements(child)));
  return [root, ...below];
}

/** Elements of a tag whose attributes include those given. */
export function find(root: Element, tag: string, attributes: Record<string, string> = {}): Element[] {
  const wanted = Object.entries(attributes);
  return elements(root).filter(
    (each) => each.tag === tag && wanted.every(([name, value]) => each.attributes[name] === value),
  );
}

/** The one element; more or none is an error. */
export function only(root: Element, tag: string, attributes: Record<string, string> = {}): Element {
  const [first, ...rest] = find(root, tag, attributes);
  if (!first || rest.length > 0)
    throw new Error(`${first ? rest.length + 1 : 0} of <${tag}> ${JSON.stringify(attributes)}`);
  return first;
}

/** What a form would send before anybody touches it, and what its button says. */
export function form(root: Element, action: string) {
  const found = only(root, "form", { action });
  const hidden = find(found, "input", { type: "hidden" }).map(({ attributes }) => [
    attributes["name"],
    attributes["value"],
  ]);
  return {
    method: found.attributes["method"],
    hidden: Object.fromEntries(hidden),
    button: text(only(found, "button")),
    element: found,
  };
}

/** What a browser would send from a form that nobody touched, as the server's parser has it. */
export function sent(root: Element): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const { tag, attributes, ...element } of elements(root)) {
    const { name, type, value = "" } = attributes;
    if (!name || !(tag === "input" || tag === "select")) continue;
    if ((type === "checkbox" || type === "radio") && !("checked" in attributes)) continue;
    const chosen = tag === "select" ? selected({ tag, attributes, ...element }) : value;
    const before = fields[name];
    fields[name] = before === undefined ? chosen : [before, chosen].flat();
  }
  return fields;
}

/** A list with nothing selected has its first row selected. */
function selected(select: Element): string {
  const options = find(select, "option");
  const chosen = options.find(({ attributes }) => "selected" in attributes) ?? options[0];
  return chosen?.attributes["value"] ?? "";
}
