// The parts of which every screen is made.
import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Loaded } from '../core/load';
import { Problem } from '../core/api';
import { t } from '../i18n';

export type Tone = 'info' | 'warning' | 'danger' | 'success';

export function Notice({ tone, children, live }: { tone: Tone; children: ComponentChildren; live?: boolean }) {
  return <div class={`notice ${tone}`} role={live ? (tone === 'danger' ? 'alert' : 'status') : undefined}>{children}</div>;
}

/** A refusal in the server's words, and what can be done. */
export function Refusal({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <Notice tone={problem.isPassing ? 'warning' : 'danger'} live>
      <p>{problem.message}</p>
      {problem.fields.map((field) => <p key={field.field}>{field.field}: {field.message}</p>)}
      {problem.reference && <p class="small">{t.errors.reference}: <span lang="en">{problem.reference}</span></p>}
      {retry && <button type="button" class="small" onClick={retry}>{t.retry}</button>}
    </Notice>
  );
}

export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div class="skeleton">
      <p class="hidden-text" role="status">{t.loading}</p>
      {Array.from({ length: lines }, (_, line) => <span key={line} />)}
    </div>
  );
}

/** Shows what was fetched, or that it is loading, or why it cannot be shown. */
export function Shown<T>({ of, lines, children }: { of: Loaded<T>; lines?: number; children: (value: T) => ComponentChildren }) {
  if (of.value === undefined) return of.problem ? <Refusal problem={of.problem} retry={of.reload} /> : <Skeleton lines={lines} />;
  return <>{of.problem && <Refusal problem={of.problem} retry={of.reload} />}{children(of.value)}</>;
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

export function Badge({ tone, children, shape }: { tone?: Tone | 'critical'; children: ComponentChildren; shape?: JSX.Element }) {
  return <span class={`badge ${tone ?? ''}`}>{shape}{children}</span>;
}

interface FieldProps {
  label: string;
  hint?: string;
  error?: string;
  id?: string;
  children: (control: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ComponentChildren;
}

/** A control with its label, what helps and what is wrong. */
export function Field({ label, hint, error, id, children }: FieldProps) {
  const own = useId();
  const name = id ?? own;
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return (
    <div>
      <label for={name}>{label}</label>
      {hint && <p class="hint" id={`${name}-hint`}>{hint}</p>}
      {children({ id: name, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && <p class="error" id={`${name}-error`}>{error}</p>}
    </div>
  );
}

interface TextProps {
  label: string;
  value: string;
  onText: (text: string) => void;
  hint?: string;
  error?: string;
  id?: string;
  kind?: 'text' | 'password' | 'search';
  mode?: 'decimal' | 'numeric' | 'email' | 'text';
  autocomplete?: 'off' | 'username' | 'current-password' | 'new-password' | 'one-time-code';
  most?: number;
}

export function Text({ label, value, onText, hint, error, id, kind = 'text', mode, autocomplete = 'off', most }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error} id={id}>
      {(control) => (
        <input {...control} type={kind as 'text'} value={value} inputMode={mode} autocomplete={autocomplete} maxLength={most} spellcheck={false}
          onInput={(event) => onText(event.currentTarget.value)} />
      )}
    </Field>
  );
}

export function Area({ label, value, onText, hint, error, id, most }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error} id={id}>
      {(control) => <textarea {...control} value={value} maxLength={most} onInput={(event) => onText(event.currentTarget.value)} />}
    </Field>
  );
}

export function Choice<V extends string>({ label, value, of, onChoice, hint, error, id }: {
  label: string; value: V; of: [V, string][]; onChoice: (value: V) => void; hint?: string; error?: string; id?: string;
}) {
  return (
    <Field label={label} hint={hint} error={error} id={id}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChoice(event.currentTarget.value as V)}>
          {of.map(([one, text]) => <option key={one} value={one}>{text}</option>)}
        </select>
      )}
    </Field>
  );
}

/** What is wrong with a form, each with a link to its field; it takes the focus when it comes. */
export function ErrorSummary({ errors }: { errors: { id: string; text: string }[] }) {
  const box = useRef<HTMLDivElement>(null);
  const text = errors.map((error) => error.text).join();
  useEffect(() => {
    if (errors.length === 0) return;
    box.current?.focus();
    box.current?.scrollIntoView({ block: 'start' });
  }, [errors, text]);
  if (errors.length === 0) return null;
  return (
    <div class="notice danger" role="alert" tabIndex={-1} ref={box}>
      <h2>{t.errors.summary}</h2>
      <ul>
        {errors.map((error) => (
          <li key={error.id}>
            <a href={`#${error.id}`} onClick={(event) => { event.preventDefault(); document.getElementById(error.id)?.focus(); }}>{error.text}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A dialog of the browser's own: it holds the focus, Escape closes it. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    return () => { before?.isConnected && before.focus(); };
  }, []);
  return (
    <dialog ref={box} aria-labelledby={id} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <div class="stack"><h2 id={id}>{title}</h2>{children}</div>
    </dialog>
  );
}

/** Does something that may be refused: `run` starts it, once at a time. */
export function useAction<A extends unknown[]>(act: (...given: A) => Promise<void>) {
  const busy = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);
  const run = async (...given: A): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    problem.value = undefined;
    try {
      await act(...given);
    } catch (error) {
      problem.value = error instanceof Problem ? error : new Problem(0, 'fault', String(error), [], '');
    } finally {
      busy.value = false;
    }
  };
  const isBusy = useComputed(() => busy.value);
  return { run, isBusy: isBusy.value, problem: problem.value, forget: () => { problem.value = undefined; } };
}

/** Asks for a reason before something is done. */
export function ReasonDialog({ title, text, label, action, onDone, onClose, danger }: {
  title: string; text?: string; label: string; action: string; danger?: boolean; onDone: (reason: string) => Promise<void>; onClose: () => void;
}) {
  const reason = useSignal('');
  const missing = useSignal(false);
  const doing = useAction(async () => {
    missing.value = reason.value.trim() === '';
    if (missing.value) return;
    await onDone(reason.value.trim());
  });
  return (
    <Dialog title={title} onClose={onClose}>
      {text && <p>{text}</p>}
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void doing.run(); }}>
        <Area label={label} value={reason.value} most={500} error={missing.value ? t.errors.reason : undefined} onText={(text) => { reason.value = text; }} />
        {doing.problem && <Refusal problem={doing.problem} />}
        <div class="row">
          <button type="submit" class={danger ? 'danger' : 'primary'} disabled={doing.isBusy}>{action}</button>
          <button type="button" onClick={onClose}>{t.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function Tabs({ label, of, current }: { label: string; of: { address: string; text: string }[]; current: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {of.map((tab) => <a key={tab.address} href={tab.address} aria-current={tab.address === current ? 'page' : undefined}>{tab.text}</a>)}
    </nav>
  );
}
