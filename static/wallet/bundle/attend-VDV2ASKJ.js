import{va as a}from"./chunk-WAZZUYCL.js";import"./chunk-MBYLX7EK.js";import"./chunk-WOT6VMZA.js";export{a as attend};
