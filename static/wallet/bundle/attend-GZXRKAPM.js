import{va as a}from"./chunk-WBOA353I.js";import"./chunk-7KCLXPF7.js";import"./chunk-WOT6VMZA.js";export{a as attend};
