"use client";
import { useState, type ReactNode } from "react";

import { isApiError } from "../client/errors";
import { useGenerate, type Kind } from "../hooks/generate";
import { useSession } from "../hooks/session";
import { useRequireGoogleDrive } from "../hooks/useRequireGoogleDrive";
import { keepWish, useWishKey, type Wish } from "../hooks/wish";
import { useT } from "../i18n";
import { GoogleDriveConnectModal } from "./GoogleDriveConnectModal";
import { useSay } from "./Toasts";
import { Button, Problem } from "./ui";

interface GenerateButtonProps {
  readonly kind: Kind;
  /** What is asked for; null: the form is not complete. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly onStarted: () => void;
  readonly children: ReactNode;
}

/** Asks for a generation, once however often it is pressed; without a Drive it connects that first, and then goes on. */
export function GenerateButton({ kind, body, onStarted, children }: GenerateButtonProps) {
  const t = useT();
  const say = useSay();
  const session = useSession().data;
  const gate = useRequireGoogleDrive();
  const generate = useGenerate();
  const { keyFor, done } = useWishKey();
  const [problem, setProblem] = useState<unknown>(null);

  const press = () => {
    if (body === null) return;
    const wish: Wish = { kind, body, key: keyFor(body) };
    const keep = () => keepWish(wish, session?.user.id ?? "");
    const start = () => {
      generate.mutate(wish, {
        onSuccess: () => {
          done();
          say(t("generate.started"));
          onStarted();
        },
        onError: (error) => {
          if (isApiError(error, "GOOGLE_DRIVE_NOT_CONNECTED", "GOOGLE_DRIVE_RECONNECT_REQUIRED")) gate.refused(keep);
          else if (isApiError(error, "IDEMPOTENCY_KEY_REUSED")) done();
          setProblem(error);
        },
      });
    };
    setProblem(null);
    gate.requireConnection(start, keep);
  };
  return (
    <>
      <Problem error={problem} />
      <Button look="primary" disabled={body === null} busy={generate.isPending} onClick={press}>
        {children}
      </Button>
      <GoogleDriveConnectModal {...gate.modal} />
    </>
  );
}
