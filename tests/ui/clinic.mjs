// Makes the clinic of which the browser tests have copies:   node clinic.mjs FOLDER
import { makeClinic } from './kit.mjs';

await makeClinic(process.argv[2]);
