import{va as a}from"./chunk-NNMPEVDE.js";import"./chunk-JWG4VJDV.js";import"./chunk-WOT6VMZA.js";export{a as attend};
