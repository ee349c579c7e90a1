"use client";
import { useId, type ButtonHTMLAttributes, type ReactNode } from "react";

import { useT } from "../i18n";
import { explained } from "./format";

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  readonly look?: "primary" | "plain" | "quiet" | "danger";
  readonly busy?: boolean;
};

/** A button; while `busy` it stays focusable and does nothing. */
export function Button({ look = "plain", busy = false, className = "", onClick, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      className={`button ${look} ${className}`}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : null}
      {children}
    </button>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly optional?: boolean;
  readonly children: (ids: { id: string; "aria-describedby"?: string }) => ReactNode;
}

/** A labelled control, with a hint that is read with it. */
export function Field({ label, hint, optional = false, children }: FieldProps) {
  const t = useT();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {optional ? <span className="muted"> ({t("app.optional")})</span> : null}
      </label>
      {children({ id, ...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` }) })}
      {hint === undefined ? null : (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly required?: boolean;
}

export function Select({ label, value, onChange, options, required = false }: SelectProps) {
  return (
    <Field label={label}>
      {(ids) => (
        <select {...ids} value={value} required={required} onChange={(event) => onChange(event.target.value)}>
          {options.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly rows?: number;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly maxLength?: number;
  readonly type?: "text" | "url";
}

/** One line, or several with `rows`. */
export function Text({ label, value, onChange, hint, rows = 1, required = false, optional = false, maxLength = 2000, type = "text" }: TextProps) {
  const shared = { value, required, maxLength };
  return (
    <Field label={label} optional={optional} {...(hint === undefined ? {} : { hint })}>
      {(ids) =>
        rows > 1 ? (
          <textarea {...ids} {...shared} rows={rows} onChange={(event) => onChange(event.target.value)} />
        ) : (
          <input {...ids} {...shared} type={type} autoComplete="off" onChange={(event) => onChange(event.target.value)} />
        )
      }
    </Field>
  );
}

/** What went wrong, told at once to those who do not see it. */
export function Problem({ error, children }: { readonly error: unknown; readonly children?: ReactNode }) {
  const t = useT();
  if (error === null || error === undefined) return null;
  return (
    <div className="problem" role="alert">
      <p>{explained(error, t)}</p>
      {children}
    </div>
  );
}

/** What a place is for, while there is nothing in it. */
export function Empty({ title, hint, children }: { readonly title: string; readonly hint?: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {hint === undefined ? null : <p className="muted">{hint}</p>}
      {children}
    </div>
  );
}

interface AwaitedProps<T> {
  readonly query: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };
  readonly children: (data: T) => ReactNode;
}

/** What is shown of a query: its data, or that it loads, or why it does not. */
export function Awaited<T>({ query, children }: AwaitedProps<T>) {
  const t = useT();
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) {
    return (
      <p className="loading" role="status">
        {t("app.loading")}
      </p>
    );
  }
  return (
    <Problem error={query.error}>
      <Button onClick={() => query.refetch()}>{t("app.retry")}</Button>
    </Problem>
  );
}
