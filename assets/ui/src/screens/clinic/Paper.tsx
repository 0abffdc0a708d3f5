import type { Schemas } from '../../core/api';
import { slotNames } from '../../clinical/lines';
import { t, word } from '../../i18n';
import { date, number, yearsSince } from '../../i18n/format';

/** The prescription on paper, A5: seen by nobody but the printer. Names in Latin and Khmer, whatever the page speaks. */
export function Paper({ value, name, record }: { value: Schemas['Prescription']; name: string; record?: Schemas['ClinicalRecord'] }) {
  const allergies = record?.allergies.map((one) => one.substance ?? one.ingredients.join(', ')).filter(Boolean) ?? [];
  return (
    <div class="paper" aria-hidden="true">
      <div class="row between"><b>{t.prescription.title}</b><span>{date(value.activatedAt ?? value.createdAt)}</span></div>
      <p><b>{name}</b>{record?.dateOfBirth && ` · ${t.patient.age(yearsSince(record.dateOfBirth))} (${date(record.dateOfBirth)})`}{record?.gender && ` · ${word(t.gender, record.gender)}`}{record?.weightKg && ` · ${number(record.weightKg, 1)} kg`}</p>
      {allergies.length > 0 && <p><b>{t.record.allergy}: <span lang="en">{allergies.join(', ')}</span></b></p>}
      {record && allergies.length === 0 && <p>{record.noKnownAllergies ? t.record.noAllergies : t.record.allergiesUnknown}</p>}
      {value.diagnosis && <p>{t.prescribe.diagnosis}: {value.diagnosis}</p>}
      <table>
        <thead><tr><th>{t.prescription.medicines}</th>{slotNames.map((slot) => <th key={slot}>{t.slot[slot]}</th>)}<th>{t.prescribe.days}</th></tr></thead>
        <tbody>
          {value.medications.map((line, place) => (
            <tr key={line.id}>
              <td>
                {place + 1}. <b lang="en">{line.medicineName}</b>{line.medicineNameKhmer && <span lang="km"> {line.medicineNameKhmer}</span>}
                <p lang="km">{line.scheduleText.khmer}{line.instructionsKhmer && ` · ${line.instructionsKhmer}`}</p>
                {line.instructions && <p lang="en">{line.instructions}</p>}
              </td>
              {slotNames.map((slot) => <td key={slot} class="number">{line.slots?.[slot] ? number(line.slots[slot]) : '–'}</td>)}
              <td class="number">{line.durationDays ?? (line.endDate ? date(line.endDate) : '–')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {value.followUpDate && <p>{t.prescription.followUp}: {date(value.followUpDate)}</p>}
      <div class="row between signature"><span>{t.prescription.versionNumber(value.version)} · <span lang="en">{value.id.slice(-12)}</span></span><span>{value.author.fullName}</span></div>
    </div>
  );
}
