import { useEffect } from "react";

import { useT } from "../i18n";

/** The page's name in the browser's title. */
export function useTitle(name: string | null | undefined): void {
  const t = useT();
  const app = t("app.name");
  useEffect(() => {
    document.title = name === null || name === undefined || name === "" ? app : `${name} · ${app}`;
  }, [name, app]);
}
