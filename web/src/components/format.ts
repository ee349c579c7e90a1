"use client";
import { isApiError, NoAnswer } from "../client/errors";
import { isMessage, useI18n, type Translate } from "../i18n";

/** Why something did not work, in the user's words. */
export function explained(error: unknown, t: Translate): string {
  if (error instanceof NoAnswer) return t("error.NO_ANSWER");
  if (!isApiError(error)) return t("error.other");
  const key = `error.${error.code}`;
  const values = { required: error.number("required") ?? "?", available: error.number("available") ?? "?" };
  return isMessage(key) ? t(key, values) : error.message;
}

/** A text of the catalogue for a value that may be newer than the catalogue. */
export function known(t: Translate, group: string, value: string | null | undefined, other: string): string {
  const key = `${group}.${value ?? ""}`;
  if (isMessage(key)) return t(key);
  return isMessage(other) ? t(other) : other;
}

export function bytes(count: number, language: string): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = value < 10 && unit > 0 ? 1 : 0;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${units[unit] ?? ""}`;
}

/** Seconds as people say them. */
export function span(seconds: number, t: Translate): string {
  return seconds < 90 ? t("time.seconds", { n: Math.max(1, Math.round(seconds)) }) : t("time.minutes", { n: Math.round(seconds / 60) });
}

/** A moment, in the user's language and time. */
export function useMoment(): (time: string) => string {
  const { language } = useI18n();
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return (time) => format.format(new Date(time));
}
