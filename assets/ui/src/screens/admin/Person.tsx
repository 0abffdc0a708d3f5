import { useSignal } from '@preact/signals';
import { get, newKey, post, remove, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Dialog, Notice, ReasonDialog, Refusal, Shown, useAction } from '../../kit';
import { t, word } from '../../i18n';
import { dateTime } from '../../i18n/format';
import { me } from '../../core/session';
import { AccountBadge } from './People';
import { ReviewerForm, SeenInPersonForm } from './PersonMore';

type Doing = 'verify' | 'reject' | 'lock' | 'unlock' | 'endSessions' | 'reviewer' | 'unmark' | 'seen';

/** One account and what staff may do with it. */
export function Person({ id }: { id: string }) {
  const person = useLoad((signal) => get('/users/{id}', { path: { id }, signal }), [id]);
  return <Shown of={person}>{(value) => <Whole person={value as Schemas['Profile']} onChange={person.reload} />}</Shown>;
}

function allowed(person: Schemas['Profile']): Doing[] {
  if (person.status === 'LOCKED') return ['unlock'];
  const waits = person.status === 'PENDING_VERIFICATION';
  const doctor = person.role === 'DOCTOR' && (waits || person.status === 'REJECTED');
  const isColleague = person.role === 'ADMIN' && person.id !== me.value?.id;
  return [
    ...(waits || doctor ? ['verify' as const] : []), ...(person.role === 'DOCTOR' && waits ? ['reject' as const] : []),
    ...(isColleague ? [person.clinicalReviewer ? 'unmark' as const : 'reviewer' as const] : []), 'seen', 'endSessions', 'lock',
  ];
}

function Whole({ person, onChange }: { person: Schemas['Profile']; onChange: () => void }) {
  const asking = useSignal<Doing | undefined>(undefined);
  const path = { id: person.id };
  const done = (): void => { asking.value = undefined; onChange(); };
  const doing = useAction(async (what: Doing) => {
    if (what === 'verify') await post('/users/{id}/verify', { path, key: newKey() });
    if (what === 'unlock') await post('/users/{id}/unlock', { path, key: newKey() });
    if (what === 'unmark') await remove('/users/{id}/clinical-reviewer', { path, key: newKey() });
    if (what === 'endSessions') await post('/users/{id}/end-sessions', { path, key: newKey() });
    done();
  });
  const facts: [string, string | null | undefined][] = [
    [t.people.role, word(t.role, person.role)], [t.account.email, person.email], [t.account.phone, person.phone], [t.people.licence, person.licenseNumber],
    [t.people.clinic, person.hospitalClinic], [t.people.specialty, person.specialty && word(t.specialty, person.specialty)], [t.people.since, dateTime(person.createdAt)],
    [t.people.confirmed, person.contactConfirmedAt ? dateTime(person.contactConfirmedAt) : t.no], [t.people.rejected, person.rejectionReason],
    [t.people.reviewer, person.clinicalReviewer?.qualification], [t.people.waitingContact, person.waitingPhone ?? person.waitingEmail],
  ];
  return (
    <div class="stack">
      <p><a href="/admin/people">← {t.people.title}</a></p>
      <h1 class="row">{person.fullName} <AccountBadge status={person.status} /></h1>
      <section class="card stack">
        <dl class="facts">{facts.filter(([, value]) => value).map(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>])}</dl>
        {person.role === 'DOCTOR' && person.status === 'PENDING_VERIFICATION' && <Photo of={person.licensePhoto} person={person.id} />}
        {doing.problem && <Refusal problem={doing.problem} />}
        <div class="row">
          {allowed(person).map((one) => (
            <button key={one} type="button" class={one === 'verify' ? 'primary' : one === 'lock' || one === 'reject' ? 'danger' : ''} onClick={() => { asking.value = one; }}>{t.people[one]}</button>
          ))}
          <a class="button" href={`/admin/audit?actor=${person.id}`}>{t.people.audit}</a>
          {person.role === 'PATIENT' && <a class="button" href={`/admin/audit?patient=${person.id}`}>{t.people.recordAudit}</a>}
        </div>
      </section>
      {(asking.value === 'lock' || asking.value === 'reject') && (
        <ReasonDialog title={`${t.people[asking.value]}: ${person.fullName}`} text={asking.value === 'lock' ? t.people.lockText : t.people.rejectText} label={t.reason} action={t.people[asking.value]} danger
          onClose={() => { asking.value = undefined; }}
          onDone={async (reason) => {
            if (asking.value === 'lock') await post('/users/{id}/lock', { path, body: { reason }, key: newKey() });
            else await post('/users/{id}/reject', { path, body: { reason }, key: newKey() });
            done();
          }} />
      )}
      {asking.value === 'reviewer' && <ReviewerForm person={person} onDone={done} onClose={() => { asking.value = undefined; }} />}
      {asking.value === 'seen' && <SeenInPersonForm person={person} onDone={done} onClose={() => { asking.value = undefined; }} />}
      {(asking.value === 'verify' || asking.value === 'unlock' || asking.value === 'endSessions' || asking.value === 'unmark') && (
        <Dialog title={`${t.people[asking.value]}: ${person.fullName}`} onClose={() => { asking.value = undefined; }}>
          <p>{t.people.sure[asking.value]}</p>
          {doing.problem && <Refusal problem={doing.problem} />}
          <div class="row">
            <button type="button" class="primary" disabled={doing.isBusy} onClick={() => void doing.run(asking.value!)}>{t.people[asking.value]}</button>
            <button type="button" onClick={() => { asking.value = undefined; }}>{t.cancel}</button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** The photograph of the licence that the doctor has sent. An address that they have written is opened only as a page of its own. */
function Photo({ of, person }: { of: string | null | undefined; person: string }) {
  if (!of) return <Notice tone="info">{t.people.noPhoto}</Notice>;
  const sent = `/api/users/${person}/license-photo`;
  if (of === sent) return <img src={sent} alt={t.people.photo} class="photo" />;
  return (
    <Notice tone="info">
      <p>{t.people.photo}: {/^https:\/\//.test(of) ? <a href={of} target="_blank" rel="noopener noreferrer">{of}</a> : of}</p>
      <p>{t.people.photoText}</p>
    </Notice>
  );
}
