import type { Schemas } from '../../core/api';
import { faults, slotNames, type Line, type Mode } from '../../clinical/lines';
import { DrugName } from '../../clinical';
import { Choice, Notice, Text } from '../../kit';
import { language, say, t, word } from '../../i18n';
import { numberError } from '../../i18n/format';

export interface LineProps {
  line: Line;
  place: number;
  understood?: Schemas['BilingualText'];
  /** What the server says against this line's words, only when they are as they were sent. */
  refused: string[];
  notices: Schemas['PrescriptionNotice'][];
  findings: Schemas['SafetyFinding'][];
  overrides: Record<string, { reason: Schemas['OverrideReason'] | ''; note: string }>;
  /** Whether empty fields are said to be missing. */
  isStrict: boolean;
  onChange: (line: Line) => void;
  onOverride: (finding: string, reason: Schemas['OverrideReason'] | '', note: string) => void;
  onRemove: () => void;
  onDone: () => void;
}

export function PrescribeLine({ line, place, understood, refused, notices, findings, overrides, isStrict, onChange, onOverride, onRemove, onDone }: LineProps) {
  const wrong = faults(line);
  const errorOf = (field: string): string | undefined => {
    const fault = wrong.find((one) => one.field === field);
    if (!fault) return undefined;
    if (fault.typed.is === 'empty') return isStrict ? missingText(field) : undefined;
    return numberError(fault.typed);
  };
  const id = (field: string): string => `line-${line.key}-${field}`;
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Delete' && event.ctrlKey) { event.preventDefault(); onRemove(); }
    if (event.key === 'Enter' && !event.ctrlKey && (event.target as Element).tagName === 'INPUT') { event.preventDefault(); onDone(); }
  };
  const isStopped = findings.some((finding) => finding.tier === 'STOP' && !overrides[finding.id]?.reason);
  return (
    <li class={`line ${isStopped ? 'stopped' : ''}`} onKeyDown={onKey} aria-label={`${place + 1}. ${line.medicine.displayName}`}>
      <div class="row between">
        <span><span class="muted number">{place + 1}.</span> <DrugName name={line.medicine.displayName} khmer={line.medicine.displayNameKhmer} /></span>
        <div class="row">
          {modes(line).map(([mode, text], place) => <button key={mode} id={place === 0 ? id('mode') : undefined} type="button" class="small" onClick={() => onChange({ ...line, mode })}>{text}<span class="hidden-text"> {line.medicine.displayName}</span></button>)}
          <button type="button" class="small danger" onClick={onRemove}>{t.prescribe.remove}<span class="hidden-text"> {line.medicine.displayName}</span></button>
        </div>
      </div>
      {line.mode === 'kept' ? (
        <>
          <p>{line.kept && say(line.kept.text)} <span class="muted small">{t.prescribe.asBefore}</span></p>
          {line.kept?.needsDays && <Text id={id('days')} label={t.prescribe.daysNow} mode="numeric" most={4} value={line.days} error={errorOf('days')} onText={(days) => onChange({ ...line, days })} />}
          {refused.length > 0 && <p class="error">{refused.join(' ')}</p>}
        </>
      ) : line.mode === 'words' ? (
        <Text id={id('words')} label={t.prescribe.words} hint={t.prescribe.wordsHint} most={300} value={line.words} error={errorOf('words') ?? (refused.length > 0 ? refused.join(' ') : undefined)}
          onText={(words) => onChange({ ...line, words })} />
      ) : (
        <>
          <div class="slots">
            {slotNames.map((slot) => (
              <div key={slot} class={slot}>
                <label for={id(slot)}>{t.slot[slot]}</label>
                <input id={id(slot)} type="text" inputMode="decimal" autocomplete="off" maxLength={8} value={line.slots[slot]} aria-invalid={errorOf(slot) ? true : undefined} aria-describedby={errorOf(slot) ? id('slots-error') : undefined}
                  onInput={(event) => onChange({ ...line, slots: { ...line.slots, [slot]: event.currentTarget.value } })} />
              </div>
            ))}
          </div>
          {slotNames.some((slot) => errorOf(slot)) && <p class="error" id={id('slots-error')}>{slotNames.map(errorOf).find(Boolean)}</p>}
          {refused.length > 0 && <p class="error">{refused.join(' ')}</p>}
          <div class="fields">
            <Choice label={t.prescribe.meal} value={line.meal} of={Object.entries(t.meal) as [Schemas['MealRelation'], string][]} onChoice={(meal) => onChange({ ...line, meal })} />
            <Text id={id('days')} label={t.prescribe.days} hint={t.prescribe.daysHint} mode="numeric" most={4} value={line.days} error={errorOf('days')} onText={(days) => onChange({ ...line, days })} />
            <p class="hint">{t.prescribe.unit}: {word(t.unit, line.medicine.unit)}</p>
          </div>
        </>
      )}
      {understood && (
        <div role="status">
          <p class="muted small">{t.prescribe.understood}</p>
          <p class="read-back">{say(understood)}</p>
          {language === 'en' && <p class="small muted" lang="km">{understood.khmer}</p>}
        </div>
      )}
      {notices.map((notice) => <Notice key={notice.code + notice.field} tone="info">{say(notice.text)}</Notice>)}
      {findings.map((finding) => <Finding key={finding.id} finding={finding} override={overrides[finding.id]} onOverride={onOverride} />)}
    </li>
  );
}

/** What is said of a field that is empty. */
export function missingText(field: string): string {
  if (field === 'days') return t.prescribe.daysMissing;
  return field === 'words' ? t.prescribe.wordsMissing : t.prescribe.slotsMissing;
}

/** The other ways in which a line can be written. */
function modes(line: Line): [Mode, string][] {
  const all: [Mode, string][] = [...(line.kept ? [['kept', t.prescribe.asBeforeAction] as [Mode, string]] : []), ['words', t.prescribe.asWords], ['grid', t.prescribe.asGrid]];
  return all.filter(([mode]) => mode !== line.mode);
}

/** What a pharmacist would say, under the line that caused it. The gravest ones want a reason, where one can be given. */
export function Finding({ finding, override, onOverride }: {
  finding: Schemas['SafetyFinding']; override?: { reason: string; note: string }; onOverride?: LineProps['onOverride'];
}) {
  const others = finding.medicines.filter((one) => one.medicationIndex === null || one.medicationIndex === undefined);
  const id = `finding-${finding.id.replace(/[^a-zA-Z0-9]/g, '-')}`;
  return (
    <div class={`finding ${finding.tier}`} role={finding.tier === 'STOP' && onOverride ? 'alert' : undefined}>
      <p><b>{word(t.tier, finding.tier)}: {say(finding.effect)}</b></p>
      {finding.detail && <p>{say(finding.detail)}</p>}
      <p>{say(finding.action)}</p>
      {others.length > 0 && <p class="small">{t.prescribe.with}: <span lang="en">{others.map((one) => one.name ?? t.prescribe.hidden).join(', ')}</span></p>}
      <p class="small">{t.prescribe.source}: <span lang="en">{finding.source}{finding.year ? ` (${finding.year})` : ''}</span>{!finding.verified && ` · ${t.prescribe.unverified}`}</p>
      {finding.tier === 'STOP' && onOverride && (finding.overrideReasons.length === 0 ? <p><b>{t.prescribe.noOverride}</b></p> : (
        <div class="fields">
          <Choice id={id} label={t.prescribe.reason} value={(override?.reason ?? '') as Schemas['OverrideReason'] | ''}
            of={[['', t.prescribe.choose], ...finding.overrideReasons.map((reason) => [reason, word(t.override, reason)] as [Schemas['OverrideReason'], string])]}
            onChoice={(reason) => onOverride(finding.id, reason, override?.note ?? '')} />
          {override?.reason && (
            <Text id={`${id}-note`} label={override.reason === 'OTHER' ? t.prescribe.reasonWords : t.prescribe.reasonNote} most={500} value={override.note}
              onText={(note) => onOverride(finding.id, override.reason as Schemas['OverrideReason'], note)} />
          )}
        </div>
      ))}
    </div>
  );
}
