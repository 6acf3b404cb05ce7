import { expect, test } from "vitest";
import { chosenLocale } from "../../console/src/i18n";
import { sayFault } from "../../console/src/i18n/faults";

test.each([
  [
    "speaks of 'shoe_size', which is not among its variables",
    "用到的 shoe_size 不在变量之中，请更正或添加。",
  ],
  ["never speaks of its variable 'url'; remove it", "变量 url 没有用到，请删除。"],
  ["uses filter; only values and if are allowed", "不能使用 filter，只能用变量和 if。"],
  ['uses call; only values, if and promise("24h") are allowed', "不能调用函数，"],
  [
    "is only for 'pigeon', which is the channel of no adapter; correct it",
    "没有 pigeon 这个渠道，请更正。",
  ],
  ["the example of 'reply_by' is no time", "变量 reply_by 的示例与类型不符，请更正。"],
])("in Chinese: %s", (said, chinese) => {
  chosenLocale.value = "zh-CN";
  expect(sayFault(said)).toContain(chinese);
});

test("what nobody has put into Chinese stands as it was said, and so does all English", () => {
  chosenLocale.value = "zh-CN";
  expect(sayFault("has moths in it")).toBe("has moths in it");
  chosenLocale.value = "en";
  expect(sayFault("uses filter; only values and if are allowed")).toContain("uses filter");
});
