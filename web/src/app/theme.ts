import { useState } from "react";

export type Theme = "system" | "light" | "dark";

const STORED = "studio.theme";

function stored(): Theme {
  const value = window.localStorage.getItem(STORED);
  return value === "light" || value === "dark" ? value : "system";
}

/** Put the colours on the page. */
export function showTheme(theme: Theme = stored()): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(stored);
  const choose = (chosen: Theme) => {
    window.localStorage.setItem(STORED, chosen);
    showTheme(chosen);
    setTheme(chosen);
  };
  return [theme, choose];
}
