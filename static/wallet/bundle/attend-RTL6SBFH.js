import{va as a}from"./chunk-4T3HBOK7.js";import"./chunk-RDUCLEFR.js";import"./chunk-WOT6VMZA.js";export{a as attend};
