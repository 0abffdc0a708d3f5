// Files of text that somebody chooses, read here and sent as text.
import { useSignal } from '@preact/signals';
import { t } from '../i18n';

/** A list has some hundred kilobytes; what is larger is no list. */
const MOST_BYTES = 8 * 1024 * 1024;

export function FileField({ id, label, hint, several, onFiles }: {
  id: string; label: string; hint?: string; several?: boolean; onFiles: (files: { name: string; text: string }[]) => void;
}) {
  const error = useSignal<string | undefined>(undefined);
  const names = useSignal<string[]>([]);
  const read = async (files: File[]): Promise<void> => {
    error.value = undefined;
    names.value = files.map((file) => file.name);
    try {
      if (files.some((file) => file.size > MOST_BYTES)) throw new Error(t.errors.file.large);
      // Strict, so that a file in another encoding is refused and not written with signs that nobody can read.
      const texts = await Promise.all(files.map(async (file) => ({ name: file.name, text: new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer()) })));
      onFiles(texts);
    } catch (fault) {
      error.value = fault instanceof TypeError ? t.errors.file.encoding : String((fault as Error).message);
      onFiles([]);
    }
  };
  const described = [hint && `${id}-hint`, error.value && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return (
    <div>
      <span class="label" id={`${id}-label`}>{label}</span>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      <div class="row">
        {/* The browser's own button speaks the browser's language: it is there for the keyboard and for readers, and not seen. */}
        <label class="button file">
          <span>{several ? t.file.chooseSeveral : t.file.choose}</span>
          <input id={id} class="hidden-text" type="file" accept=".csv,text/csv" multiple={several} aria-labelledby={`${id}-label`} aria-describedby={described} aria-invalid={error.value ? true : undefined}
            onChange={(event) => void read([...(event.currentTarget.files ?? [])])} />
        </label>
        <span role="status" lang="en">{names.value.join(', ')}</span>
      </div>
      {error.value && <p class="error" id={`${id}-error`} role="alert">{error.value}</p>}
    </div>
  );
}
