import { useSignal } from '@preact/signals';
import { get, newKey, patch, post, type Schemas } from '../../core/api';
import { useLoad } from '../../core/load';
import { Badge, Choice, Dialog, Empty, Notice, Refusal, Shown, Text, useAction } from '../../kit';
import { FormDialog } from '../../kit/form';
import { t, word } from '../../i18n';
import { date } from '../../i18n/format';
import { d, o } from '../../i18n/own';
import { chosen, Sharing, type Share } from './Sharing';

type Connection = Schemas['Connection'];

/** Who sees what, and taking it away: the patient alone decides. */
export function People() {
  const all = useLoad((signal) => get('/connections', { query: { limit: 100 }, signal }), [], ['connection.changed']);
  const requests = useLoad((signal) => get('/connections/access-requests', { query: { status: 'PENDING', limit: 100 }, signal }), [], ['connection.changed', 'notification.created']);
  return (
    <div class="stack own">
      <h1>{o.people.title}</h1>
      <Shown of={requests} lines={1}>{({ items }) => <>{items.map((one) => <AccessRequest key={one.id} of={one} onChange={requests.reload} />)}</>}</Shown>
      <Shown of={all}>
        {({ items }) => {
          const waiting = items.filter((one) => one.status === 'PENDING');
          const inForce = items.filter((one) => one.status === 'ACCEPTED');
          return (
            <>
              {waiting.map((one) => <Waiting key={one.id} of={one} onChange={all.reload} />)}
              {inForce.length === 0 && <Empty>{o.people.none}</Empty>}
              {(['DOCTOR', 'FAMILY'] as const).map((kind) => {
                const list = inForce.filter((one) => one.kind === kind);
                return list.length > 0 && (
                  <section key={kind} class="card stack tight" aria-label={kind === 'DOCTOR' ? o.people.doctors : o.people.family}>
                    <h2>{kind === 'DOCTOR' ? o.people.doctors : o.people.family}</h2>
                    <ul class="list">{list.map((one) => <Person key={one.id} of={one} onChange={all.reload} />)}</ul>
                  </section>
                );
              })}
            </>
          );
        }}
      </Shown>
      <div class="fields">
        <a class="button big" href="/me/people/invite">{o.people.invite}</a>
        <a class="button big" href="/me/people/looked">{o.people.looked}</a>
      </div>
      <FindDoctor onDone={all.reload} />
    </div>
  );
}

function nameOf(of: Connection): string {
  return of.other?.fullName ?? t.connections.nameless;
}

function AccessRequest({ of, onChange }: { of: Schemas['AccessRequest']; onChange: () => void }) {
  const answering = useAction(async (what: 'approve' | 'deny') => {
    if (what === 'approve') await post('/connections/access-requests/{id}/approve', { path: { id: of.id }, key: newKey() });
    else await post('/connections/access-requests/{id}/deny', { path: { id: of.id }, key: newKey() });
    onChange();
  });
  return (
    <section class="card stack waiting">
      <h2>{of.requesterName ?? t.connections.nameless}</h2>
      <p>{o.people.wantsPart(word(o.people.scope, of.scope))}. {d(o.people.day24)}</p>
      {answering.problem && <Refusal problem={answering.problem} />}
      <div class="fields">
        <button type="button" class="primary big" disabled={answering.isBusy} onClick={() => void answering.run('approve')}>{o.people.accept}</button>
        <button type="button" class="big" disabled={answering.isBusy} onClick={() => void answering.run('deny')}>{o.people.decline}</button>
      </div>
    </section>
  );
}

function Waiting({ of, onChange }: { of: Connection; onChange: () => void }) {
  const accepting = useSignal(false);
  const isOwn = of.requestedBy === of.patientId;
  const ending = useAction(async () => {
    if (isOwn) await post('/connections/{id}/revoke', { path: { id: of.id }, body: {}, key: newKey() });
    else await post('/connections/{id}/decline', { path: { id: of.id }, key: newKey() });
    onChange();
  });
  return (
    <section class="card stack waiting">
      <h2>{nameOf(of)} <Badge>{of.kind === 'DOCTOR' ? o.people.doctors : o.people.family}</Badge></h2>
      <p>{isOwn ? o.people.asked : o.people.asks}{of.other?.hospitalClinic && ` · ${of.other.hospitalClinic}`}</p>
      {ending.problem && <Refusal problem={ending.problem} />}
      <div class="fields">
        {!isOwn && <button type="button" class="primary big" onClick={() => { accepting.value = true; }}>{o.people.accept}</button>}
        <button type="button" class="big" disabled={ending.isBusy} onClick={() => void ending.run()}>{isOwn ? o.people.takeBack : o.people.decline}</button>
      </div>
      {accepting.value && <ShareDialog of={of} onDone={() => { accepting.value = false; onChange(); }} onClose={() => { accepting.value = false; }} />}
    </section>
  );
}

/** What somebody may see from now on: asked when they are let in, and when it is changed. */
function ShareDialog({ of, onDone, onClose }: { of: Connection; onDone: () => void; onClose: () => void }) {
  const isNew = of.status === 'PENDING';
  const share = useSignal<Share>(isNew ? { level: 'ALLOWED', scopes: ['PRESCRIPTIONS', 'DOSES', 'VITALS'] } : { level: of.permissionLevel, scopes: of.scopes });
  const marks = useSignal(of.mayRecordDoses);
  return (
    <FormDialog title={`${o.people.choose} ${nameOf(of)}`} action={isNew ? o.people.accept : t.save} onClose={onClose}
      faults={() => (share.value.level === 'SELECTED' && share.value.scopes.length === 0 ? [{ id: 'share-scopes', text: o.people.chooseOne }] : [])}
      onSend={async () => {
        const body = { ...chosen(share.value), mayRecordDoses: of.kind === 'FAMILY' ? marks.value : undefined };
        if (isNew) await post('/connections/{id}/accept', { path: { id: of.id }, body, key: newKey() });
        // What was set beside the level stays as it was.
        else await patch('/connections/{id}/permission', { path: { id: of.id }, body: { ...body, expiresAt: of.expiresAt, maySeeClinicalRecord: of.maySeeClinicalRecord, prescriptionIds: of.prescriptionIds }, key: newKey() });
        onDone();
      }}>
      {() => (
        <>
          <Sharing isNew={isNew} value={share.value} onShare={(next) => { share.value = next; }} />
          {of.kind === 'FAMILY' && <label class="check"><input type="checkbox" checked={marks.value} onChange={(event) => { marks.value = event.currentTarget.checked; }} />{o.people.marks}</label>}
        </>
      )}
    </FormDialog>
  );
}

function Person({ of, onChange }: { of: Connection; onChange: () => void }) {
  const dialog = useSignal<'end' | 'share' | undefined>(undefined);
  const ending = useAction(async () => {
    await post('/connections/{id}/revoke', { path: { id: of.id }, body: {}, key: newKey() });
    dialog.value = undefined;
    onChange();
  });
  const alerting = useAction(async (minutes: string) => {
    await patch('/connections/{id}/alerts', { path: { id: of.id }, body: minutes ? { enabled: true, delayMinutes: Number(minutes) } : { enabled: false }, key: newKey() });
    onChange();
  });
  const sees = of.permissionLevel === 'ALLOWED' ? o.people.everything : of.permissionLevel === 'SELECTED' ? of.scopes.map((scope) => word(o.people.scope, scope)).join(', ') : of.permissionLevel === 'REQUEST' ? o.people.onRequest : o.people.nothing;
  const delays = [...new Set([30, 60, 120, of.alerts.delayMinutes])].sort((one, other) => one - other);
  return (
    <li class="stack tight">
      <div><b>{nameOf(of)}</b>{of.other?.hospitalClinic && <p class="muted small">{of.other.hospitalClinic}</p>}</div>
      <p>{o.people.sees}: {sees}{of.mayRecordDoses && ` · ${o.people.marks}`}{of.expiresAt && ` · ${o.people.until} ${d(date(of.expiresAt))}`}</p>
      {of.permissionLevel !== 'NOT_ALLOWED' && (
        <Choice label={o.people.alert} value={of.alerts.enabled ? String(of.alerts.delayMinutes) : ''} of={[['', t.no], ...delays.map((minutes): [string, string] => [String(minutes), minutes === 0 ? o.people.alertAtOnce : `${t.yes}, ${o.people.alertAfter} ${d(o.people.minutes(minutes))}`])]} onChoice={(minutes) => void alerting.run(minutes)} />
      )}
      {alerting.problem && <Refusal problem={alerting.problem} />}
      <div class="row">
        <button type="button" onClick={() => { dialog.value = 'share'; }}>{o.people.change}<span class="hidden-text"> {nameOf(of)}</span></button>
        <button type="button" class="danger" onClick={() => { dialog.value = 'end'; }}>{o.people.end}<span class="hidden-text"> {nameOf(of)}</span></button>
      </div>
      {dialog.value === 'share' && <ShareDialog of={of} onDone={() => { dialog.value = undefined; onChange(); }} onClose={() => { dialog.value = undefined; }} />}
      {dialog.value === 'end' && (
        <Dialog title={o.people.end} onClose={() => { dialog.value = undefined; }}>
          <p>{o.people.endText(nameOf(of))}</p>
          {ending.problem && <Refusal problem={ending.problem} />}
          <button type="button" class="danger big" disabled={ending.isBusy} onClick={() => void ending.run()}>{o.people.end}</button>
          <button type="button" onClick={() => { dialog.value = undefined; }}>{t.cancel}</button>
        </Dialog>
      )}
    </li>
  );
}

function FindDoctor({ onDone }: { onDone: () => void }) {
  const text = useSignal('');
  const found = useSignal<Schemas['DoctorCard'][] | undefined>(undefined);
  const done = useSignal(false);
  const finding = useAction(async () => {
    done.value = false;
    if ([...text.value.trim()].length < 2) { found.value = undefined; return; }
    found.value = (await get('/doctors/search', { query: { query: text.value.trim(), limit: 10 } })).items;
  });
  const asking = useAction(async (id: string) => {
    await post('/connections', { body: { targetUserId: id }, key: newKey() });
    found.value = undefined;
    done.value = true;
    onDone();
  });
  return (
    <section class="card stack" aria-labelledby="find">
      <h2 id="find">{o.people.findDoctor}</h2>
      <form class="stack tight" noValidate onSubmit={(event) => { event.preventDefault(); void finding.run(); }}>
        <Text id="find-text" label={t.patients.name} hint={o.people.findHint} kind="search" most={60} value={text.value} onText={(typed) => { text.value = typed; }} />
        <button type="submit" disabled={finding.isBusy}>{o.people.findDoctor}</button>
      </form>
      {(finding.problem ?? asking.problem) && <Refusal problem={(finding.problem ?? asking.problem)!} />}
      {done.value && <Notice tone="success" live>{o.people.askDone}</Notice>}
      {found.value && (found.value.length === 0 ? <p role="status">{o.people.findNone}</p> : (
        <ul class="list">
          {found.value.map((one) => (
            <li key={one.id} class="row between">
              <div class="grow"><b>{one.fullName}</b><p class="muted small">{[one.hospitalClinic, one.specialty && word(t.specialty, one.specialty)].filter(Boolean).join(' · ')}</p></div>
              <button type="button" disabled={asking.isBusy} onClick={() => void asking.run(one.id)}>{o.people.ask}<span class="hidden-text"> {one.fullName}</span></button>
            </li>
          ))}
        </ul>
      ))}
    </section>
  );
}
