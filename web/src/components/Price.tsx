"use client";
import { useQuote, type Bodies, type Kind } from "../hooks/generate";
import { useT } from "../i18n";
import { span } from "./format";
import { Problem } from "./ui";

/** What it would cost and how long it would take, before it is asked for. */
export function Price<K extends Kind>({ kind, body }: { readonly kind: K; readonly body: Bodies[K] | null }) {
  const t = useT();
  const quote = useQuote(kind, body);
  if (quote.error !== null) return <Problem error={quote.error} />;
  if (quote.data === undefined) return <p className="price muted">{body === null ? "\u00a0" : t("generate.costWait")}</p>;
  const { credits, available, etaSeconds } = quote.data;
  return (
    <div className="price" role="status">
      <p>{t("generate.cost", { credits, eta: span(etaSeconds, t) })}</p>
      {credits > available ? <p className="bad">{t("generate.short", { required: credits, available })}</p> : null}
    </div>
  );
}
