"""Made-up people, subjects and mails in Portuguese for a synthetic desk; each the same per seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

_GIVEN_NAMES = """
    Adriana Alice Amanda Ana Beatriz Bianca Bruna Camila Carolina Cecília Clara Daniela Débora
    Eduarda Elisa Fabiana Fernanda Flávia Gabriela Helena Isabela Janaína Joana Juliana Larissa
    Letícia Lívia Luana Luísa Manuela Márcia Mariana Natália Patrícia Paula Priscila Rafaela
    Renata Sílvia Simone Sofia Tânia Valéria Vanessa Vitória Yasmin Alexandre André Antônio
    Arthur Augusto Bernardo Breno Caio Carlos César Cláudio Daniel Davi Diego Eduardo Emanuel
    Enzo Fábio Felipe Fernando Francisco Gabriel Guilherme Gustavo Heitor Henrique Hugo Igor
    Ivan João Jorge José Júlio Leandro Leonardo Lucas Luís Marcelo Márcio Mateus Miguel Murilo
    Nelson Otávio Paulo Pedro Rafael Ramon Renato Ricardo Roberto Rodrigo Rogério Samuel Sérgio
    Thiago Tomás Vicente Vinícius Vítor Wagner William
"""
_FAMILY_NAMES = """
    Abreu Almeida Alves Amaral Andrade Antunes Araújo Assis Azevedo Barbosa Barreto Barros
    Batista Bezerra Borges Braga Brandão Brito Caldas Camargo Campos Cardoso Carneiro Carvalho
    Castro Cavalcante Chaves Coelho Conceição Corrêa Costa Coutinho Cunha Dias Duarte Esteves
    Farias Fernandes Ferraz Ferreira Figueiredo Fonseca Freitas Furtado Garcia Godoy Gomes
    Gonçalves Guedes Guimarães Lacerda Leal Leite Lima Lopes Macedo Machado Magalhães Maia
    Marques Martins Medeiros Melo Mendes Mendonça Miranda Monteiro Moraes Moreira Moura
    Nascimento Neves Nogueira Novaes Nunes Oliveira Pacheco Paiva Peixoto Pereira Pinto Pires
    Prado Queiroz Ramos Reis Rezende Ribeiro Rocha Rodrigues Sales Sampaio Santana Santos Silva
    Siqueira Soares Souza Tavares Teixeira Torres Valente Vargas Vasconcelos Vieira Xavier
"""
_CITIES = """
    Aracaju Bauru Belém Blumenau Brasília Campinas Canoas Caruaru Cascavel Cuiabá Curitiba
    Diadema Florianópolis Fortaleza Goiânia Guarulhos Ilhéus Ipatinga Itajaí Joinville Jundiaí
    Londrina Macapá Maceió Manaus Maringá Mossoró Natal Niterói Olinda Osasco Palmas Pelotas
    Petrolina Piracicaba Recife Salvador Santarém Santos Sobral Sorocaba Teresina Uberaba
    Uberlândia Vitória
"""
_GOODS = """
    impressora|notebook|roteador|monitor|teclado|celular|carregador|fone|cadeira|mesa|armário|
    geladeira|fogão|ventilador|aspirador|câmera|relógio|bicicleta|mochila|tênis|plano anual|
    plano mensal|aplicativo|painel|relatório financeiro|módulo fiscal|cadastro|assinatura|curso|
    certificado digital|boleto|nota fiscal|cupom|cartão-presente|garantia estendida|instalação|
    entrega expressa|retirada na loja|seguro|backup|integração|catálogo|agenda|licença|servidor|
    domínio|hospedagem|leitor de código|balança|etiquetadora
"""
_PROBLEMS = (
    ("Pedido {code} não chegou", "o pedido {code} deveria ter chegado há {days} dias"),
    ("Cobrança em dobro do {thing}", "fui cobrado duas vezes pelo {thing}, R$ {money} cada vez"),
    ("{thing} com defeito", "o {thing} parou de funcionar {days} dias depois da compra"),
    ("Não consigo entrar na conta", "aparece o erro {code} quando tento entrar na minha conta"),
    ("Troca do {thing}", "gostaria de trocar o {thing} por outro modelo"),
    ("Nota fiscal do pedido {code}", "a nota fiscal do pedido {code} saiu com o endereço errado"),
    ("Cancelamento do {thing}", "quero cancelar o {thing} antes da próxima renovação"),
    ("Orçamento para {days} unidades", "preciso de um orçamento de {days} unidades do {thing}"),
    ("Segunda via do boleto {code}", "o boleto {code} venceu e não consigo emitir a segunda via"),
    ("Atraso na entrega em {place}", "a entrega em {place} está parada na transportadora"),
    ("Mudança de endereço", "mudei para {place} e preciso atualizar o cadastro"),
    ("Dúvida sobre o {thing}", "o {thing} funciona com o sistema que já usamos em {place}?"),
    ("Erro {code} no {thing}", "o {thing} mostra o erro {code} desde a última atualização"),
    ("Reembolso de R$ {money}", "o reembolso de R$ {money} ainda não caiu na minha conta"),
    ("Agendamento de visita técnica", "o técnico não apareceu na visita marcada em {place}"),
    ("Senha não chega por e-mail", "peço a senha nova e a mensagem não chega, nem no lixo"),
    ("Elogio ao atendimento", "quero agradecer: o caso {code} foi resolvido rapidamente"),
    ("Ajuda", "preciso de ajuda com o {thing} que comprei em {place}"),
)
_MORE = (
    "Já reiniciei o equipamento e testei em outro computador.",
    "O número de série é {code}.",
    "Comprei na loja de {place} e tenho o comprovante.",
    "A transportadora informou que não há previsão.",
    "Preciso de uma solução até o fim da semana.",
    "O valor que aparece na fatura é R$ {money}.",
    "Segue em anexo a foto da tela.",
    "Na semana passada me prometeram um retorno.",
    "Outras {days} pessoas da equipe têm o mesmo problema.",
    "Se não houver conserto, prefiro o dinheiro de volta.",
    "O contrato menciona o {thing} na cláusula {days}.",
    "Ontem funcionava normalmente.",
    "O protocolo anterior é {code}.",
    "Podem ligar em horário comercial.",
)
_ANSWERS = (
    "Verificamos o caso {code} e a solução já está a caminho.",
    "Encaminhamos a solicitação à equipe de {place}.",
    "Para continuar, precisamos do número de série e de uma foto do {thing}.",
    "O reembolso de R$ {money} foi aprovado e leva {days} dias úteis.",
    "Pedimos desculpas pela demora; o prazo novo é de {days} dias.",
    "A segunda via segue em anexo.",
    "Reproduzimos o erro {code} e a correção sai na próxima atualização.",
    "A troca do {thing} foi autorizada.",
)
_HELLO = ("Olá,", "Bom dia,", "Boa tarde,", "Prezados,", "Oi, tudo bem?")
_BYE = ("Obrigado,", "Obrigada,", "Atenciosamente,", "Fico no aguardo,", "Abraços,")
_HOSTS = ("correio", "caixa", "loja", "oficina", "escritorio", "padaria", "clinica", "escola")
_TAGS = ("financeiro", "entrega", "defeito", "comercial", "fiscal", "urgente")
_GIVEN, _FAMILY, _PLACES = (names.split() for names in (_GIVEN_NAMES, _FAMILY_NAMES, _CITIES))
_THINGS = [one.strip() for one in _GOODS.split("|")]
_PLAIN = str.maketrans("áàâãéêíóôõúüçÁÂÃÉÊÍÓÔÕÚÇ", "aaaaeeiooouucAAAEEIOOOUC")


@dataclass(frozen=True)
class Person:
    """Somebody made up, with an address nobody can have (RFC 6761 6.2)."""

    name: str
    address: str


class Words:
    """A source of people and texts; the same seed gives the same ones in the same order."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - repeatable words, no secret

    def person(self, number: int) -> Person:
        """The `number`th customer; no two have the same address."""
        pick = self.chance.choice
        name = f"{pick(_GIVEN)} {pick(_FAMILY)}"
        local = name.translate(_PLAIN).lower().replace(" ", ".")
        return Person(name, f"{local}.{number}@{pick(_HOSTS)}{number % 997}.test")

    def request(self, name: str) -> tuple[str, str]:
        """Subject and text of a customer's first mail."""
        subject, problem = self.chance.choice(_PROBLEMS)
        sentences = [problem[0].upper() + problem[1:] + ".", *self._some(_MORE, 1, 4)]
        return self._filled(subject), self._letter(sentences, name)

    def follow_up(self, name: str) -> str:
        """The text of a customer's further mail."""
        return self._letter(self._some(_MORE, 1, 3), name)

    def answer(self, name: str) -> str:
        """The text of an agent's answer."""
        return self._letter(self._some(_ANSWERS, 1, 2), name)

    def tags(self) -> list[str]:
        """None, one or two tags."""
        return self._some(_TAGS, 0, 2)

    def _some(self, lines: tuple[str, ...], least: int, most: int) -> list[str]:
        return self.chance.sample(lines, self.chance.randint(least, most))

    def _letter(self, sentences: list[str], name: str) -> str:
        pick = self.chance.choice
        body = self._filled(" ".join(sentences))
        return f"{pick(_HELLO)}\n\n{body}\n\n{pick(_BYE)}\n{name}"

    def _filled(self, text: str) -> str:
        if "{" not in text:
            return text
        chance = self.chance
        number = chance.getrandbits(40)
        return text.format(
            code=f"{chr(65 + number % 26)}{number % 900_000 + 100_000}",
            days=number // 7 % 28 + 2,
            money=f"{number // 11 % 4000 + 20},{number % 100:02d}",
            thing=_THINGS[number // 13 % len(_THINGS)],
            place=_PLACES[number // 17 % len(_PLACES)],
        )
