/** How sentences are put together, for the messages of every page. */
import type { ComponentChildren } from "preact";

/** What is shown as running text: a string, or parts that the renderer isolates and escapes. */
export type Words = ComponentChildren;

/** A sentence with nodes in it, left as parts for the renderer. */
export const say = (parts: TemplateStringsArray, ...nodes: Words[]): Words =>
  parts.flatMap((part, at) => [part, nodes[at]]);

/** The same as plain text, such as for a title: of a sentence whose nodes are text. */
export const plain = (words: Words): string => [words].flat(Number.POSITIVE_INFINITY).join("");

export const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
