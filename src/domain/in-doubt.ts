// The error of a message whose attempt broke off after its body may have been taken, where its account holds such
// messages (`on_in_doubt: hold`) instead of sending them again.

export const inDoubt = 'in_doubt';
