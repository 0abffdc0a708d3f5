// What is done for a person who stands before staff: a new contact, the mark of a clinical reviewer, a new account.
import { useSignal } from '@preact/signals';
import { newKey, post, put, type Schemas } from '../../core/api';
import { go } from '../../core/router';
import { Choice, Dialog, ErrorSummary, Notice, Refusal, Text, useAction } from '../../kit';
import { DayFields, dayFault, dayOf, FormDialog, type Fault } from '../../kit/form';
import { t, word } from '../../i18n';
import { dateTime, noDay, type DayTyped } from '../../i18n/format';

export function ReviewerForm({ person, onDone, onClose }: { person: Schemas['Profile']; onDone: () => void; onClose: () => void }) {
  const qualification = useSignal('');
  return (
    <FormDialog title={`${t.people.reviewer}: ${person.fullName}`} text={t.people.reviewerText} action={t.save} onClose={onClose}
      faults={() => (qualification.value.trim().length >= 3 ? [] : [{ id: 'qualification', text: t.people.qualificationMissing }])}
      onSend={async () => { await put('/users/{id}/clinical-reviewer', { path: { id: person.id }, body: { qualification: qualification.value.trim() }, key: newKey() }); onDone(); }}>
      {(wrong) => <Text id="qualification" label={t.people.qualification} hint={t.people.qualificationHint} most={200} value={qualification.value} error={wrong('qualification')} onText={(text) => { qualification.value = text; }} />}
    </FormDialog>
  );
}

/** Somebody came with a document and a new contact; staff stand for it with their own password. */
export function SeenInPersonForm({ person, onDone, onClose }: { person: Schemas['Profile']; onDone: () => void; onClose: () => void }) {
  const kind = useSignal<'phone' | 'email'>('phone');
  const [contact, document, reason, password] = [useSignal(''), useSignal(''), useSignal(''), useSignal('')];
  const slip = useSignal<Schemas['ContactSlip'] | undefined>(undefined);
  if (slip.value) {
    return (
      <Dialog title={t.people.slip} onClose={onDone}>
        <Notice tone="success" live><p>{t.people.slipText}</p><p class="value" lang="en">{slip.value.code}</p><p>{t.people.slipUntil} {dateTime(slip.value.expiresAt)}</p></Notice>
        <div class="row"><button type="button" class="primary" onClick={onDone}>{t.close}</button></div>
      </Dialog>
    );
  }
  const needed = (): Fault[] => {
    const fields: [string, string, string][] = [
      ['seen-contact', t.people[kind.value === 'phone' ? 'newPhone' : 'newEmail'], contact.value], ['seen-document', t.people.document, document.value], ['seen-reason', t.reason, reason.value], ['seen-password', t.people.ownPassword, password.value],
    ];
    return fields.filter(([, , text]) => !text.trim()).map(([id, name]) => ({ id, text: t.medicines.missing(name) }));
  };
  return (
    <FormDialog title={`${t.people.seen}: ${person.fullName}`} text={t.people.seenText} action={t.save} onClose={onClose} faults={needed}
      onSend={async () => {
        const answer = await post('/users/{id}/seen-in-person', {
          path: { id: person.id }, key: newKey(),
          body: { [kind.value]: contact.value.trim(), document: document.value.trim(), reason: reason.value.trim(), currentPassword: password.value } as Schemas['SeenInPersonRequest'],
        });
        if (answer.slip) slip.value = answer.slip;
        else onDone();
      }}>
      {(wrong) => (
        <>
          <Choice label={t.people.whichContact} value={kind.value} of={[['phone', t.account.phone], ['email', t.account.email]]} onChoice={(value) => { kind.value = value; }} />
          <Text id="seen-contact" label={kind.value === 'phone' ? t.people.newPhone : t.people.newEmail} most={254} value={contact.value} error={wrong('seen-contact')} onText={(text) => { contact.value = text; }} />
          <Text id="seen-document" label={t.people.document} hint={t.people.documentHint} most={100} value={document.value} error={wrong('seen-document')} onText={(text) => { document.value = text; }} />
          <Text id="seen-reason" label={t.reason} most={500} value={reason.value} error={wrong('seen-reason')} onText={(text) => { reason.value = text; }} />
          <Text id="seen-password" label={t.people.ownPassword} kind="password" autocomplete="current-password" most={1024} value={password.value} error={wrong('seen-password')} onText={(text) => { password.value = text; }} />
        </>
      )}
    </FormDialog>
  );
}

const specialties = Object.keys as (of: typeof t.specialty) => Schemas['Specialty'][];

/** An account that staff make: they vouch for name and licence, and it is in use at once. */
export function NewPerson() {
  const role = useSignal<Schemas['Role']>('DOCTOR');
  const text = useSignal<Record<string, string>>({});
  const gender = useSignal<Schemas['Gender']>('FEMALE');
  const specialty = useSignal<Schemas['Specialty']>('GENERAL_PRACTICE');
  const born = useSignal<DayTyped>(noDay);
  const shared = useSignal(false);
  const errors = useSignal<Fault[]>([]);
  const key = useSignal(newKey());
  const of = (name: string): string => (text.value[name] ?? '').trim();
  const isPatient = role.value === 'PATIENT';
  const isDoctor = role.value === 'DOCTOR';
  const names: (keyof typeof t.people.field)[] = [
    ...(isPatient ? ['firstName' as const, 'lastName' as const] : ['fullName' as const]), 'phone', 'email', ...(isDoctor ? ['licenseNumber' as const, 'hospitalClinic' as const] : []), 'password',
  ];
  const mayBeEmpty = (name: string): boolean => name === 'phone' || name === 'email' || (isPatient && name === 'password');
  const making = useAction(async () => {
    errors.value = [
      ...names.filter((name) => !mayBeEmpty(name) && !of(name)).map((name) => ({ id: `new-${name}`, text: t.medicines.missing(t.people.field[name]) })),
      ...(!isPatient && !of('phone') && !of('email') ? [{ id: 'new-phone', text: t.people.contactMissing }] : []), ...(isPatient ? dayFault('new-born', born.value, true) : []),
    ];
    if (errors.value.length > 0) return;
    const given = Object.fromEntries(names.filter((name) => of(name)).map((name) => [name, name === 'password' ? text.value[name] : of(name)]));
    const more = isPatient ? { gender: gender.value, dateOfBirth: dayOf(born.value), sharedContact: shared.value || undefined } : isDoctor ? { specialty: specialty.value } : {};
    const made = await post('/users', { body: { role: role.value, ...given, ...more }, key: key.value });
    key.value = newKey();
    go(`/admin/people/${made.userId}`, true);
  });
  const wrong = (id: string): string | undefined => errors.value.find((error) => error.id === id)?.text;
  return (
    <div class="stack">
      <p><a href="/admin/people">← {t.people.title}</a></p>
      <h1>{t.people.make}</h1>
      <ErrorSummary errors={errors.value} />
      <form class="card stack" noValidate onSubmit={(event) => { event.preventDefault(); void making.run(); }}>
        <p class="muted">{t.people.makeText}</p>
        <Choice label={t.people.role} value={role.value} of={Object.entries(t.role) as [Schemas['Role'], string][]} onChoice={(value) => { role.value = value; errors.value = []; }} />
        <div class="fields wide">
          {names.map((name) => (
            <Text key={name} id={`new-${name}`} label={t.people.field[name]} hint={mayBeEmpty(name) ? t.record.mayBeEmpty : name === 'password' ? t.forgot.rule : undefined}
              kind={name === 'password' ? 'password' : 'text'} autocomplete={name === 'password' ? 'new-password' : 'off'} most={name === 'email' ? 254 : 128}
              value={text.value[name] ?? ''} error={wrong(`new-${name}`)} onText={(value) => { text.value = { ...text.value, [name]: value }; }} />
          ))}
          {isDoctor && <Choice label={t.people.specialty} value={specialty.value} of={specialties(t.specialty).map((one) => [one, word(t.specialty, one)])} onChoice={(value) => { specialty.value = value; }} />}
          {isPatient && <Choice label={t.people.gender} value={gender.value} of={Object.entries(t.gender) as [Schemas['Gender'], string][]} onChoice={(value) => { gender.value = value; }} />}
        </div>
        {isPatient && (
          <>
            <DayFields id="new-born" label={t.people.bornOn} value={born.value} error={wrong('new-born')} onDay={(day) => { born.value = day; }} />
            <label class="check"><input type="checkbox" checked={shared.value} onChange={(event) => { shared.value = event.currentTarget.checked; }} />{t.people.sharedContact}</label>
          </>
        )}
        {making.problem && <Refusal problem={making.problem} />}
        <div class="row"><button type="submit" class="primary" disabled={making.isBusy}>{t.people.make}</button></div>
      </form>
    </div>
  );
}
