import { Component, type ReactNode } from "react";

import { Button } from "../components/ui";
import { useT } from "../i18n";

/** What a mistake of ours looks like: said, with a way out. The browser's console has the rest. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const t = useT();
  return (
    <main className="page narrow">
      <h1>{t("app.broken")}</h1>
      <Button look="primary" onClick={() => window.location.reload()}>
        {t("app.reload")}
      </Button>
    </main>
  );
}
