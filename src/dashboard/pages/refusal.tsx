// Why what a form asked for was refused, on the page that it leads back to.

export function Refusal({ told }: { told: string | undefined }) {
  if (told === undefined) return null;
  return (
    <p class="alert" role="alert">
      That was refused: {told}
    </p>
  );
}
