import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/parts.css";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { isApiError } from "../client/errors";
import { session } from "../client/token";
import { ToastProvider } from "../components/Toasts";
import { StudioProvider } from "../hooks/studio";
import { I18nProvider } from "../i18n";
import { App } from "./App";
import { Boundary } from "./Boundary";
import { readSettings } from "./settings";
import { showTheme } from "./theme";

/** Whatever finds the session ended: the sign-in page, instead of refusals everywhere. */
function onError(error: unknown): void {
  if (!isApiError(error, "UNAUTHENTICATED")) return;
  session.ended();
  queries.setQueryData(["session"], null);
}

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the API has decided will not change by asking again; what did not arrive may.
      retry: (count, error) => count < 3 && (!isApiError(error) || error.body.retryable),
    },
    mutations: { retry: false },
  },
});

// Dialogs put a style on the page while they are open: the policy wants our nonce on it.
setNonce(document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "");
showTheme();

const root = document.getElementById("root");
if (root === null) throw new Error("There is no place for the studio in this page.");
createRoot(root).render(
  <StrictMode>
    <I18nProvider>
      <Boundary>
        <QueryClientProvider client={queries}>
          <StudioProvider settings={readSettings(document)}>
            <ToastProvider>
              <App />
            </ToastProvider>
          </StudioProvider>
        </QueryClientProvider>
      </Boundary>
    </I18nProvider>
  </StrictMode>,
);
