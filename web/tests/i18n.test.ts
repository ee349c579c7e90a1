import { describe, expect, it } from "vitest";

import { filled } from "../src/i18n";
import { en } from "../src/i18n/en";
import { id } from "../src/i18n/id";

const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe("the catalogues", () => {
  it("have the same keys, in the same order", () => {
    expect(Object.keys(id)).toEqual(Object.keys(en));
  });

  it("ask for the same values in each message", () => {
    for (const [key, text] of Object.entries(en)) expect([key, values(id[key as keyof typeof en])]).toEqual([key, values(text)]);
  });

  it("put values in, and leave what is not given", () => {
    expect(filled("{a} of {b}", { a: 1 })).toBe("1 of {b}");
  });
});
