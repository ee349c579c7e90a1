"use client";
import { useCallback, useState } from "react";

import { useDriveStatus } from "./drive";

/** What stands between the user and generating. */
export type DriveProblem = "notConnected" | "needsReconnect";

interface Required {
  readonly isConnected: boolean;
  /** Call at once what needs the Drive, or open the modal; `wish` is kept for when the user is back. */
  readonly requireConnection: (onSuccess: () => void, keep: () => void) => void;
  readonly modal: { readonly open: boolean; readonly onClose: () => void };
  /** The API says that the Drive is not usable, whatever we knew. */
  readonly refused: (keep: () => void) => void;
}

/** The gate in front of everything that ends in the user's Drive. */
export function useRequireGoogleDrive(): Required {
  const status = useDriveStatus();
  const [open, setOpen] = useState(false);
  const isConnected = status.data?.isConnected ?? false;
  const { refetch } = status;
  const refused = useCallback(
    (keep: () => void) => {
      keep();
      void refetch();
      setOpen(true);
    },
    [refetch],
  );
  const requireConnection = useCallback(
    (onSuccess: () => void, keep: () => void) => {
      // What is not known yet, the API decides.
      if (status.data === undefined || isConnected) onSuccess();
      else refused(keep);
    },
    [status.data, isConnected, refused],
  );
  return { isConnected, requireConnection, refused, modal: { open, onClose: () => setOpen(false) } };
}
