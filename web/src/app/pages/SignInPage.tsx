import { Button, Select } from "../../components/ui";
import { useSignIn } from "../../hooks/session";
import { useStudio } from "../../hooks/studio";
import { useI18n } from "../../i18n";
import { here } from "../../hooks/session";
import { useTitle } from "../title";

export function SignInPage() {
  const { t, language, choose } = useI18n();
  const signIn = useSignIn();
  const { settings } = useStudio();
  useTitle(null);
  const back = `${window.location.origin}${here()}`;
  return (
    <main className="sign-in" id="content">
      <section className="hero">
        <p className="brand">
          <span aria-hidden="true" className="brand-mark">
            E
          </span>
          {t("app.name")}
        </p>
        <h1>{t("signIn.title")}</h1>
        <p className="lead">{t("signIn.lead")}</p>
        <div className="actions start">
          <Button look="primary" className="large" onClick={signIn}>
            {t("signIn.google")}
          </Button>
          {settings.emailSignInUrl === null ? null : (
            <a className="button plain large" href={`${settings.emailSignInUrl}?returnTo=${encodeURIComponent(back)}`}>
              {t("signIn.email")}
            </a>
          )}
        </div>
        <p className="hint">{t("signIn.googleHint")}</p>
        <ul className="points">
          <li>{t("signIn.point1")}</li>
          <li>{t("signIn.point2")}</li>
          <li>{t("signIn.point3")}</li>
        </ul>
        <div className="language">
          <Select
            label={t("account.language")}
            value={language}
            onChange={(value) => choose(value === "id" ? "id" : "en")}
            options={[
              ["en", "English"],
              ["id", "Bahasa Indonesia"],
            ]}
          />
        </div>
      </section>
    </main>
  );
}
