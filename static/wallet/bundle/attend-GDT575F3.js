import{va as a}from"./chunk-2BVSJ22Y.js";import"./chunk-2A6QR2GC.js";import"./chunk-WOT6VMZA.js";export{a as attend};
