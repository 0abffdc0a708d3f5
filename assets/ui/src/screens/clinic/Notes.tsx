import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, newKey, patch, post, remove, type Schemas } from '../../core/api';
import { useList } from '../../core/list';
import { guard } from '../../core/router';
import { Area, Badge, Empty, ErrorSummary, Refusal, Shown, useAction } from '../../kit';
import { FormDialog, type Fault } from '../../kit/form';
import { Growing } from '../../kit/pages';
import { t } from '../../i18n';
import { dateTime } from '../../i18n/format';

type Note = Schemas['DoctorNote'];
type Asked = 'change' | 'share' | 'unshare' | 'remove';

const MOST = 4_000;

/** What the doctor has written down about a patient. Nobody else reads it but the patient, and that only when it was shared. */
export function NotesTab({ id, name }: { id: string; name: string }) {
  const notes = useList((page, signal) => get('/doctor/notes', { query: { patientId: id, ...page }, signal }), [id], ['connection.changed'], { step: 20 });
  return (
    <div class="stack">
      <p class="muted">{t.notes.about}</p>
      <Shown of={notes}>
        {({ items, nextCursor }) => (
          <>
            <Writing id={id} onDone={notes.reload} />
            {items.length === 0 ? <Empty>{t.notes.none}</Empty> : <ul class="stack tight">{items.map((one) => <li key={one.id}><NoteCard note={one} name={name} onChange={notes.reload} /></li>)}</ul>}
            {nextCursor && <Growing list={notes} />}
          </>
        )}
      </Shown>
    </div>
  );
}

function missing(id: string, text: string): Fault[] {
  return text.trim() ? [] : [{ id, text: t.notes.missing }];
}

/** A new note is the doctor's alone. */
function Writing({ id, onDone }: { id: string; onDone: () => void }) {
  const text = useSignal('');
  const key = useSignal(newKey());
  const errors = useSignal<Fault[]>([]);
  const saving = useAction(async () => {
    errors.value = missing('note', text.value);
    if (errors.value.length > 0) return;
    await post('/doctor/notes', { body: { patientId: id, text: text.value.trim(), isShared: false }, key: key.value });
    text.value = '';
    key.value = newKey();
    onDone();
  });
  useEffect(() => {
    const isLosing = (): boolean => text.value.trim() !== '';
    const warn = (event: BeforeUnloadEvent): void => { if (isLosing()) event.preventDefault(); };
    guard(() => !isLosing() || confirm(t.notes.leave));
    addEventListener('beforeunload', warn);
    return () => { guard(undefined); removeEventListener('beforeunload', warn); };
  }, []);
  return (
    <form class="card stack" noValidate onSubmit={(event) => { event.preventDefault(); void saving.run(); }}>
      <ErrorSummary errors={errors.value} />
      {saving.problem && <Refusal problem={saving.problem} />}
      <Area id="note" label={t.notes.write} hint={t.notes.writeHint} value={text.value} most={MOST} error={errors.value[0]?.text} onText={(typed) => { text.value = typed; }} />
      <div class="row"><button type="submit" class="primary" disabled={saving.isBusy}>{t.save}</button></div>
    </form>
  );
}

function NoteCard({ note, name, onChange }: { note: Note; name: string; onChange: () => void }) {
  const asking = useSignal<Asked | undefined>(undefined);
  const close = (): void => { asking.value = undefined; };
  const done = (): void => { close(); onChange(); };
  const which = dateTime(note.createdAt);
  const offers: [Asked, string][] = [['change', t.notes.change], note.isShared ? ['unshare', t.notes.unshare] : ['share', t.notes.share], ['remove', t.notes.remove]];
  return (
    <article class="alert-card">
      <div class="row between">
        <b>{which}</b>
        {note.isShared ? <Badge tone="warning">{t.notes.shared}</Badge> : <Badge>{t.notes.own}</Badge>}
      </div>
      <p class="as-written">{note.text}</p>
      {note.earlier.length > 0 && <Earlier note={note} />}
      <div class="row">
        {offers.map(([what, text]) => (
          <button key={what} type="button" class={what === 'remove' ? 'small danger' : 'small'} onClick={() => { asking.value = what; }}>{text}<span class="hidden-text"> {which}</span></button>
        ))}
      </div>
      {asking.value === 'change' && <Changing note={note} name={name} onDone={done} onClose={close} />}
      {asking.value === 'share' && (
        <FormDialog title={t.notes.share} text={t.notes.shareText(name)} action={t.notes.shareYes} onClose={close} onSend={async () => { await patch('/doctor/notes/{id}', { path: { id: note.id }, body: { isShared: true } }); done(); }}>
          {() => <blockquote class="as-written read-back">{note.text}</blockquote>}
        </FormDialog>
      )}
      {asking.value === 'unshare' && (
        <FormDialog title={t.notes.unshare} text={t.notes.unshareText(name)} action={t.notes.unshare} onClose={close} onSend={async () => { await patch('/doctor/notes/{id}', { path: { id: note.id }, body: { isShared: false } }); done(); }} />
      )}
      {asking.value === 'remove' && (
        <FormDialog title={t.notes.remove} text={t.notes.removeText} action={t.notes.remove} danger onClose={close} onSend={async () => { await remove('/doctor/notes/{id}', { path: { id: note.id } }); done(); }} />
      )}
    </article>
  );
}

/** What is changed of a shared note is what the patient reads, and that is said. */
function Changing({ note, name, onDone, onClose }: { note: Note; name: string; onDone: () => void; onClose: () => void }) {
  const text = useSignal(note.text);
  return (
    <FormDialog title={t.notes.change} text={note.isShared ? t.notes.changeShared(name) : t.notes.changeText} action={t.save} faults={() => missing('note-text', text.value)} onClose={onClose}
      onSend={async () => {
        if (text.value.trim() !== note.text) await patch('/doctor/notes/{id}', { path: { id: note.id }, body: { text: text.value.trim() } });
        onDone();
      }}>
      {(wrong) => <Area id="note-text" label={t.notes.text} value={text.value} most={MOST} error={wrong('note-text')} onText={(typed) => { text.value = typed; }} />}
    </FormDialog>
  );
}

/** What it said before, newest first. */
function Earlier({ note }: { note: Note }) {
  return (
    <details>
      <summary>{t.notes.earlier(note.earlier.length)}</summary>
      <ol class="list">
        {[...note.earlier].reverse().map((one) => (
          <li key={one.at}>
            <p class="row"><span class="muted small">{t.notes.from} {dateTime(one.at)}</span>{one.isShared && <Badge tone="warning">{t.notes.shared}</Badge>}</p>
            <p class="as-written">{one.text}</p>
          </li>
        ))}
      </ol>
    </details>
  );
}
