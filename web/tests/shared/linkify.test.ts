import { describe, expect, test } from "vitest";
import { linkify } from "../../shared/linkify";

const hrefs = (text: string) => linkify(text).flatMap((piece) => piece.href ?? []);

describe("linkify", () => {
  test.each([
    ["plain words stay plain", "no link here", []],
    ["https", "see https://a.cn/b?c=1#d now", ["https://a.cn/b?c=1#d"]],
    ["a full stop ends the sentence", "go to https://a.cn/b.", ["https://a.cn/b"]],
    ["Chinese punctuation ends it", "请看https://a.cn/b。谢谢", ["https://a.cn/b"]],
    ["Chinese words end it", "请看https://a.cn/b谢谢", ["https://a.cn/b"]],
    ["a bracket of its own stays", "https://a.org/x_(y)", ["https://a.org/x_(y)"]],
    ["a bracket around goes", "(https://a.org/x)", ["https://a.org/x"]],
    ["mail", "write to a.b+c@shop.cn, please", ["mailto:a.b+c@shop.cn"]],
    ["script is no address", "javascript:alert(1)", []],
    ["data is no address", "data:text/html,x", []],
    ["quotes cannot break out", 'https://a.cn/"onclick=x', ["https://a.cn/"]],
    ["markup cannot ride along", "https://a.cn/<b>", ["https://a.cn/"]],
    ["no host, no link", "https:// nothing", []],
  ])("%s", (_, text, expected) => {
    expect(hrefs(text)).toEqual(expected);
  });

  test("loses no character of the text", () => {
    const text = "a https://b.cn/c). d@e.fr! https://x.y/z（f）";
    expect(
      linkify(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  });
});
