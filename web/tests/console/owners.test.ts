import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { en } from "../../console/src/i18n/en";
import { zh } from "../../console/src/i18n/zh";

const FOLDER = "../templates/text/en";

test("who looks after our own templates is called so in both languages", () => {
  const files = readdirSync(FOLDER).map((name) => readFileSync(`${FOLDER}/${name}`, "utf8"));
  const owners = files.map((text) => /"owner": "([^"]+)"/.exec(text)?.[1]);
  expect(owners.length).toBeGreaterThan(50);
  for (const owner of new Set(owners)) {
    expect(en, owner).toHaveProperty([`owner_${owner}`]);
    expect(zh, owner).toHaveProperty([`owner_${owner}`]);
  }
});
