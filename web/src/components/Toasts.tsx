"use client";
import * as Toast from "@radix-ui/react-toast";
import { createContext, use, useCallback, useState, type ReactNode } from "react";

import { useT } from "../i18n";

interface Said {
  readonly id: number;
  readonly text: string;
  readonly look: "good" | "bad";
}

type Say = (text: string, look?: Said["look"]) => void;

const Context = createContext<Say>(() => undefined);

/** Short news at the edge of the screen, which go away by themselves. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const t = useT();
  const [said, setSaid] = useState<readonly Said[]>([]);
  const say = useCallback<Say>((text, look = "good") => {
    setSaid((before) => [...before.slice(-2), { id: (before.at(-1)?.id ?? 0) + 1, text, look }]);
  }, []);
  return (
    <Toast.Provider duration={6000} label={t("app.news")}>
      <Context value={say}>{children}</Context>
      {said.map(({ id, text, look }) => (
        <Toast.Root
          key={id}
          className={`toast ${look}`}
          type={look === "bad" ? "foreground" : "background"}
          onOpenChange={(open) => (open ? undefined : setSaid((before) => before.filter((one) => one.id !== id)))}
        >
          <Toast.Description>{text}</Toast.Description>
          <Toast.Close className="button quiet icon" aria-label={t("app.close")}>
            <span aria-hidden="true">✕</span>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="toasts" label={t("app.news")} />
    </Toast.Provider>
  );
}

export const useSay = (): Say => use(Context);
