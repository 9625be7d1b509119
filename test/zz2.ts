import { RecordedSlub } from '../server/recordings/slub_machine';
const m = new RecordedSlub({arch:'x86_64',memory:256<<20,cpus:1,options:{freelistRandom:false,freelistHardened:false},parameters:{}});
console.log([...m.slab.caches.newestFirst()].map(c=>m.slab.fields.name(c)+':'+m.slab.fields.size(c)).join(' '));
