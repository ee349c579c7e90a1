"use client";
import { useCallback, useRef } from "react";

/** What a user has asked for and what may have to wait for their Drive: it goes on when they are back from Google. */
export interface Wish {
  readonly kind: "character" | "moodboard" | "animation";
  readonly body: Readonly<Record<string, unknown>>;
  readonly key: string;
}

const STORED = "studio.wish";
const LIFETIME_MS = 15 * 60 * 1000;

/** Keep a wish over the way to Google and back: in this tab, for a quarter of an hour, for this user. */
export function keepWish(wish: Wish, userId: string): void {
  window.sessionStorage.setItem(STORED, JSON.stringify({ wish, userId, at: Date.now() }));
}

/** The wish that waits, once. */
export function takeWish(userId: string): Wish | null {
  const text = window.sessionStorage.getItem(STORED);
  window.sessionStorage.removeItem(STORED);
  if (text === null) return null;
  const kept = JSON.parse(text) as { wish: Wish; userId: string; at: number };
  return kept.userId === userId && Date.now() - kept.at < LIFETIME_MS ? kept.wish : null;
}

/** The same key as long as the same is asked for: an answer that was lost, and a second press, are one wish. */
export function useWishKey(): { keyFor: (body: unknown) => string; done: () => void } {
  const last = useRef<{ body: string; key: string } | null>(null);
  const keyFor = useCallback((body: unknown) => {
    const text = JSON.stringify(body);
    if (last.current?.body !== text) last.current = { body: text, key: crypto.randomUUID() };
    return last.current.key;
  }, []);
  const done = useCallback(() => {
    last.current = null;
  }, []);
  return { keyFor, done };
}
