import { renderHook } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { keepWish, takeWish, useWishKey, type Wish } from "../src/hooks/wish";

const WISH: Wish = { kind: "character", body: { characterId: "c" }, key: "k" };

afterEach(() => {
  vi.useRealTimers();
  window.sessionStorage.clear();
});

describe("the key of a wish", () => {
  it("is the same as long as the same is asked for, and another for anything else", () => {
    const { result } = renderHook(() => useWishKey());
    const first = result.current.keyFor({ a: 1 });
    expect(result.current.keyFor({ a: 1 })).toBe(first);
    expect(result.current.keyFor({ a: 2 })).not.toBe(first);
  });

  it("is another one when the wish was granted: pressing again is a new wish", () => {
    const { result } = renderHook(() => useWishKey());
    const first = result.current.keyFor({ a: 1 });
    result.current.done();
    expect(result.current.keyFor({ a: 1 })).not.toBe(first);
  });
});

describe("a wish that waits for the Drive", () => {
  it("is taken once", () => {
    keepWish(WISH, "ana");
    expect(takeWish("ana")).toEqual(WISH);
    expect(takeWish("ana")).toBeNull();
  });

  it("is nobody else's", () => {
    keepWish(WISH, "ana");
    expect(takeWish("budi")).toBeNull();
    expect(takeWish("ana")).toBeNull();
  });

  it("is forgotten after a quarter of an hour", () => {
    vi.useFakeTimers();
    keepWish(WISH, "ana");
    vi.advanceTimersByTime(15 * 60 * 1000);
    expect(takeWish("ana")).toBeNull();
  });
});
