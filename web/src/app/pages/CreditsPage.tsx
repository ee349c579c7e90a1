import { known, useMoment } from "../../components/format";
import { Awaited, Button, Empty } from "../../components/ui";
import { useCredits, useLedger } from "../../hooks/credits";
import { useT } from "../../i18n";
import { useTitle } from "../title";

const SIGNS: Readonly<Record<string, string>> = { grant: "+", capture: "−" };

/** What the user has, what is held, and every movement. */
export default function CreditsPage() {
  const t = useT();
  const moment = useMoment();
  const credits = useCredits();
  const ledger = useLedger();
  useTitle(t("credits.title"));
  return (
    <>
      <h1>{t("credits.title")}</h1>
      <Awaited query={credits}>
        {({ balance, held, available }) => (
          <dl className="balance">
            {([["credits.available", available], ["credits.held", held], ["credits.balance", balance]] as const).map(([name, value]) => (
              <div key={name}>
                <dt>{t(name)}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </Awaited>
      <h2>{t("credits.ledger")}</h2>
      <Awaited query={{ data: ledger.items, error: ledger.error, refetch: ledger.refetch }}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty title={t("credits.none")} />
          ) : (
            // A table that is wider than the screen scrolls, also by keys.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <div className="scroll" tabIndex={0} role="region" aria-label={t("credits.ledger")}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t("credits.when")}</th>
                    <th scope="col">{t("credits.what")}</th>
                    <th scope="col" className="number">{t("credits.amount")}</th>
                    <th scope="col" className="number">{t("credits.after")}</th>
                  </tr>
                </thead>
                <tbody>
                  {entries.map((entry) => (
                    <tr key={entry.id}>
                      <td>{moment(entry.createdAt)}</td>
                      <td>{known(t, "credits.type", entry.type, entry.type)}</td>
                      <td className="number">
                        {SIGNS[entry.type] ?? ""}
                        {entry.amount}
                      </td>
                      <td className="number">{entry.balanceAfter}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Awaited>
      {ledger.hasNextPage ? <Button onClick={() => void ledger.fetchNextPage()}>{t("app.more")}</Button> : null}
    </>
  );
}
