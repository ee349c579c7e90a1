"use client";
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";

import { en, type MessageKey, type Messages } from "./en";

export type Language = "en" | "id";
export type Values = Readonly<Record<string, string | number>>;
export type Translate = (key: MessageKey, values?: Values) => string;

interface I18n {
  readonly language: Language;
  readonly t: Translate;
  readonly choose: (language: Language) => void;
}

const STORED = "studio.language";
const Context = createContext<I18n>({ language: "en", t: (key, values) => filled(en[key], values), choose: () => undefined });

/** A message with its values in it. */
export function filled(message: string, values: Values = {}): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Whether a text is a key of the catalogue. */
export function isMessage(key: string): key is MessageKey {
  return key in en;
}

function preferred(): Language {
  if (typeof window === "undefined") return "en";
  const stored = window.localStorage.getItem(STORED);
  if (stored === "en" || stored === "id") return stored;
  return navigator.language.toLowerCase().startsWith("id") ? "id" : "en";
}

/** The language of everything below; a catalogue that is not English is loaded when it is chosen. */
export function I18nProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(preferred);
  const [indonesian, setIndonesian] = useState<Messages>();
  useEffect(() => {
    document.documentElement.lang = language;
    if (language === "id") void import("./id").then((catalogue) => setIndonesian(catalogue.id));
  }, [language]);
  const messages = language === "id" ? indonesian : en;
  const value = useMemo<I18n>(
    () => ({
      language,
      t: (key, values) => filled((messages ?? en)[key], values),
      choose: (chosen) => {
        window.localStorage.setItem(STORED, chosen);
        setLanguage(chosen);
      },
    }),
    [language, messages],
  );
  return messages === undefined ? null : <Context value={value}>{children}</Context>;
}

export const useI18n = (): I18n => use(Context);
export const useT = (): Translate => useI18n().t;
