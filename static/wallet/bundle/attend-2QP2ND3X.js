import{va as a}from"./chunk-5OYY4DUI.js";import"./chunk-2A6QR2GC.js";import"./chunk-WOT6VMZA.js";export{a as attend};
