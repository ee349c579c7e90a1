"use client";
import { useExport } from "../hooks/media";
import { useT } from "../i18n";
import { explained } from "./format";
import { useSay } from "./Toasts";
import { Button } from "./ui";

/** Download a project's files, or all of the user's, with what is known of each. */
export function ExportButton({ projectId }: { readonly projectId: string | null }) {
  const t = useT();
  const say = useSay();
  const exporting = useExport();
  const press = () =>
    exporting.mutate(projectId, {
      onSuccess: (url) => window.location.assign(url),
      onError: (error) => say(explained(error, t), "bad"),
    });
  return (
    <Button busy={exporting.isPending} onClick={press}>
      {projectId === null ? t("account.exportAll") : t("media.export")}
    </Button>
  );
}
