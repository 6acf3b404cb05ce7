// What a table of words is: every key of the English one.

import type { en } from "./en";

export type WordKey = keyof typeof en;
export type Template = { readonly [K in WordKey]: string };
