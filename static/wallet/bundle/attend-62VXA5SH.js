import{va as a}from"./chunk-DQ3UAKZW.js";import"./chunk-RDUCLEFR.js";import"./chunk-WOT6VMZA.js";export{a as attend};
