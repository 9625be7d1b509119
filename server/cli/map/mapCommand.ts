/** `kmem map FILE`: what every frame of the scenario's machine is used for, at a moment of its run. */
import { writeFileSync } from 'node:fs';
import { physicalMap } from '../../debugger/inspector/physicalMap/mapAnswer';
import { MAP_COLOURS, type MapColour } from '../../debugger/inspector/shapes/physicalMap';
import { type Command, text, UsageError } from '../command';
import { givenSession } from '../givenSession';
import { keepApart, writeError } from '../outputFile';
import { mapSvg } from './mapSvg';
import { COLUMNS, mapText } from './mapText';
import { MOMENTS, momentNamed, runTo } from './runTo';

const TEXT_ROWS = 32;
const SVG_CELLS = 4096;

export const map: Command = {
  usage: 'FILE [--at MOMENT] [--by COLOUR] [--svg OUT | --json] [--recorded PATH] [--seed N] [--set NAME=VALUE]…',
  details:
    'Prints a sign for each cell of memory, as many frames as make a screen of the machine, and below it what the signs mean, the zones,\nand the unusable and fragmentation indexes of their free memory. In a terminal it has colours (not with NO_COLOR). A line like the one\nabove it is left out, as * says. Exit status: 0, or 2 for a file or a moment that there is not.',
  options: {
    at: { type: 'string', value: 'MOMENT', help: `${MOMENTS}; end unless given` },
    by: { type: 'string', value: 'COLOUR', choices: MAP_COLOURS, help: 'what cells show; owner unless given' },
    svg: { type: 'string', value: 'OUT', help: 'write a picture (SVG) to this file instead; - for standard output' },
    json: {
      type: 'boolean',
      help: 'print the answer of the request kmem/inspect/physicalMap (docs/inspector-protocol.md)',
    },
    recorded: { type: 'string', value: 'PATH', help: 'the machine is a recorded one, as for run' },
    seed: { type: 'string', value: 'N', help: "seed of `schedule = random`; the scenario's own if not given" },
    set: { type: 'string', value: 'NAME=VALUE', multiple: true, help: 'value of an input, as for run' },
  },
  positionals: { min: 1, max: 1, names: 'FILE' },
  run(values, [path = ''], io) {
    const at = text(values, 'at') ?? 'end';
    const where = momentNamed(at);
    const svg = text(values, 'svg');
    if (svg !== undefined && values.json) throw new UsageError('--svg and --json exclude each other');
    const session = givenSession(path, values, io);
    if (!session) return 2;
    const { files } = session.target.program;
    if (svg !== undefined)
      keepApart(
        'svg',
        svg,
        files.map((file) => file.path),
      );
    runTo(session, where);
    const colour = (text(values, 'by') ?? 'owner') as MapColour;
    const cells = svg !== undefined || values.json ? SVG_CELLS : COLUMNS * TEXT_ROWS;
    const answer = physicalMap({ session }, { colour, cells });
    const title = `${path} at ${answer.moment.label}`;
    if (values.json) io.out(`${JSON.stringify(answer)}\n`);
    else if (svg === undefined) io.out(mapText(answer, title, io.colours === true));
    else if (svg === '-') io.out(mapSvg(answer, title));
    else write(svg, mapSvg(answer, title));
    return 0;
  },
};

function write(path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw writeError('svg', path, error);
  }
}
