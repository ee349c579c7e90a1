"use client";
import * as Dialog from "@radix-ui/react-dialog";
import { useRef, type ReactNode } from "react";

import { useT } from "../i18n";

interface ModalProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: string;
  readonly wide?: boolean;
  /** Another window is in front of this one: it lets go of focus and pointer. */
  readonly behind?: boolean;
  readonly children: ReactNode;
}

/** A dialog: focus stays in it and goes back where it came from, Escape closes it. */
export function Modal({ open, onClose, title, description, wide = false, behind = false, children }: ModalProps) {
  const t = useT();
  // Who had the focus gets it back; there is no trigger that the library would know.
  const opener = useRef<Element | null>(null);
  const opened = () => {
    if (document.activeElement !== document.body) opener.current = document.activeElement;
  };
  const closed = (event: Event) => {
    event.preventDefault();
    const back = opener.current?.isConnected === true ? opener.current : document.getElementById("content");
    if (back instanceof HTMLElement) back.focus();
  };
  return (
    <Dialog.Root open={open} modal={!behind} onOpenChange={(now) => (now || behind ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className={wide ? "modal wide" : "modal"}
          hidden={behind}
          onOpenAutoFocus={opened}
          onCloseAutoFocus={closed}
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
        >
          <div className="modal-head">
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="button quiet icon" aria-label={t("app.close")}>
              <span aria-hidden="true">✕</span>
            </Dialog.Close>
          </div>
          {description === undefined ? null : <Dialog.Description className="muted">{description}</Dialog.Description>}
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
